"""What a member with the money grant may see of budgets; archived budgets count nowhere."""
