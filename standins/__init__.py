"""HTTP servers on loopback that play Jira Cloud, Jira Data Center and Linear for demo and tests."""
