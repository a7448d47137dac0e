"""What was wanted, and how it ended, in the two quarters before this one."""

from config.demo.shapes import Goal, Result

# fmt: off
FIRST = (
    Goal("Commerce", "Setting up a shop needs no help", (
        Result("Median time from sign-up to the first sale", "days", "16", "11", "slow",
          metric="Time to first sale"),
        Result("New shops that sell within seven days", "percent", "29", "36", "steady",
          metric="Activation within seven days"),
    ), theme="Sell from day one", roll_up="own-and-aligned",
        backing={"Storefront": 32, "Till": 14}, trade_off="Gift cards wait."),
    Goal("Commerce", "Marketplaces become a business", (
        Result("Yearly revenue of marketplaces", "EUR", "1200000", "1700000", "ahead",
          metric="ARR of Marketplace Connect"),
        Result("Marketplaces on offer", "items", "3", "7", "steady"),
    ), theme="One shop, every channel"),
    Goal("Money", "Payouts that shops can plan with", (
        Result("Card volume processed in a month", "EUR", "68000000", "78000000", "steady",
          metric="Card volume a month"),
        Result("Share of card payments that are authorised", "percent", "92.8", "94", "slow",
          metric="Authorisation rate"),
    ), theme="Paid without a thought", roll_up="own-and-aligned",
        backing={"Payouts": 28, "Acquiring": 30}, trade_off="No new wallets."),
    Goal("Money", "Find out whether small advances can pay for themselves", (
        Result("Losses on the first thousand advances", "percent", "", "3", "met", shape="at-most"),
        Result("Shops that ask for a second advance", "percent", "0", "40", "ahead"),
    ), theme="Credit for small shops"),
    Goal("Operations", "Know where every parcel is", (
        Result("Parcels with a scan every day", "percent", "71", "95", "steady"),
        Result("Parcels delivered as promised", "percent", "84", "88", "slow",
          metric="Delivered as promised"),
        Result("How happy shops are with shipping", "points", "25", "35", "slow",
          metric="NPS of shipping shops"),
    ), theme="Parcels on time",
        backing={"Carriers": 36, "Labels": 20}, trade_off="Returns wait a quarter."),
    Goal("Halden Store", "A shop is up in an afternoon", (
        Result("Minutes to a shop that can sell", "minutes", "160", "110", "steady"),
        Result("Conversion at the checkout", "percent", "52", "56", "ahead",
          metric="Checkout conversion"),
    ), serves=("Setting up a shop needs no help",), theme="Sell from day one"),
    Goal("Point of Sale", "The till survives a bad line", (
        Result("Sales lost in outages each month", "items", "1900", "800", "steady"),
    ), serves=("Setting up a shop needs no help",), theme="Sell from day one"),
    Goal("Marketplace Connect", "The seven largest marketplaces", (
        Result("Listings that go live", "percent", "44", "60", "steady"),
        Result("Support requests a hundred listings", "items", "12", "6", "ahead"),
    ), serves=("Marketplaces become a business",), theme="One shop, every channel"),
    Goal("Payments", "Payouts every working day", (
        Result("Payouts within two days", "percent", "78", "97", "ahead"),
        Result("NPS among shops after a payout", "points", "28", "36", "steady",
          metric="NPS after the first payout"),
    ), serves=("Payouts that shops can plan with",), theme="Paid without a thought"),
    Goal("Merchant Credit", "A thousand advances", (
        Result("Advances paid out", "items", "0", "1000", "ahead"),
    ), serves=("Find out whether small advances can pay for themselves",),
        theme="Credit for small shops"),
    Goal("Invoicing", "Keep the shops that we have", (
        Result("Monthly loss of paying shops", "percent", "2.6", "2", "slow",
          metric="Churn of Invoicing"),
    ), theme="Books that keep themselves"),
    Goal("Shipping", "Eleven carriers, one label", (
        Result("Carriers on offer", "items", "6", "11", "done"),
        Result("Labels at the best price", "percent", "40", "60", "steady"),
    ), serves=("Know where every parcel is",), theme="Parcels on time"),
    Goal("Warehouse", "Shelves have names", (
        Result("Shelves with a code", "percent", "12", "50", "slow"),
    ), theme="Stock that is where it should be"),
    Goal("Storefront", "The guided tour ends in a shop", (
        Result("Tours that end in a published shop", "percent", "15", "30", "steady"),
    ), serves=("A shop is up in an afternoon",)),
    Goal("Checkout", "Fewer fields", (
        Result("Fields at the checkout", "items", "23", "12", "done"),
    ), serves=("A shop is up in an afternoon",)),
    Goal("Payouts", "The batch finishes before breakfast", (
        Result("Hours of the nightly batch", "hours", "9", "3", "ahead"),
    ), serves=("Payouts every working day",)),
    Goal("Carriers", "A scan at every depot", (
        Result("Depots that send scans", "items", "60", "140", "steady"),
    ), serves=("Eleven carriers, one label",)),
    Goal("Platform", "One way to send an event", (
        Result("Products on the event stream", "items", "1", "5", "slow"),
        Result("Hours of outage of what is shared", "hours", "", "2", "met", shape="at-most"),
    )),
)

SECOND = (
    Goal("Commerce", "Shops sell within two weeks", (
        Result("Days between sign-up and first sale", "days", "12.5", "9", "steady",
          metric="Time to first sale", note="9.2. Good enough to aim for four."),
        Result("Shops active within a week", "percent", "34", "40", "slow",
          metric="Activation within seven days"),
    ), theme="Sell from day one", roll_up="own-and-aligned",
        continues="Setting up a shop needs no help",
        backing={"Storefront": 30, "Checkout": 20}, trade_off="No new themes."),
    Goal("Commerce", "Two channels without double work", (
        Result("Revenue a year from marketplaces", "EUR", "1720000", "2100000", "steady",
          metric="ARR of Marketplace Connect"),
        Result("Shops on two channels", "shops", "3100", "4200", "steady"),
    ), theme="One shop, every channel", continues="Marketplaces become a business"),
    Goal("Commerce", "Regulars are worth a product", (
        Result("Shops that pay for loyalty", "shops", "0", "150", "slow"),
        Result("Customers who buy again within 90 days", "percent", "26", "32", "stuck"),
    ), theme="Customers who come back"),
    Goal("Money", "Shops are paid the next day", (
        Result("Card volume in a month", "EUR", "77500000", "86000000", "steady",
          metric="Card volume a month"),
        Result("Payments that the bank authorises", "percent", "93.4", "95", "slow",
          metric="Authorisation rate", note="94.1 at the end. Tokens came a month late."),
    ), theme="Paid without a thought", roll_up="own-and-aligned",
        continues="Payouts that shops can plan with",
        backing={"Payouts": 30, "Acquiring": 34}, trade_off="Instant payouts wait."),
    Goal("Money", "Advances for any sound shop", (
        Result("Advances a month", "EUR", "400000", "1500000", "ahead"),
        Result("Advances more than a month late", "percent", "", "3", "met", shape="at-most"),
    ), theme="Credit for small shops"),
    Goal("Operations", "Promise a day and keep it", (
        Result("Promised parcels that came in time", "percent", "86.8", "90", "slow",
          metric="Delivered as promised"),
        Result("NPS among shops that ship", "points", "30", "40", "slow",
          metric="NPS of shipping shops"),
        Result("Cost of an order, all in", "EUR an order", "4.30", "3.80", "steady"),
    ), theme="Parcels on time", continues="Know where every parcel is",
        backing={"Carriers": 34, "Delivery Promise": 20}, trade_off="No twelfth carrier."),
    Goal("Halden Store", "Set-up without the manual", (
        Result("Minutes until an order can come", "minutes", "118", "75", "steady"),
        Result("Checkouts that convert", "percent", "55.5", "59", "steady",
          metric="Checkout conversion"),
    ), serves=("Shops sell within two weeks",), theme="Sell from day one",
        continues="A shop is up in an afternoon"),
    Goal("Point of Sale", "Readers in the box, not in the backlog", (
        Result("Readers sent within a day", "percent", "30", "90", "slow"),
        Result("Readers returned as broken", "percent", "9", "3", "ahead"),
    ), serves=("Shops sell within two weeks",), theme="Sell from day one"),
    Goal("Marketplace Connect", "List once", (
        Result("Listings right the first time", "percent", "55", "65", "steady"),
        Result("Hours to a marketplace", "hours", "50", "24", "ahead"),
    ), serves=("Two channels without double work",), theme="One shop, every channel",
        continues="The seven largest marketplaces"),
    Goal("Loyalty", "A pilot with a hundred shops", (
        Result("Pilot shops", "shops", "0", "100", "done"),
        Result("Pilot shops that stay", "percent", "0", "70", "slow"),
    ), serves=("Regulars are worth a product",), theme="Customers who come back"),
    Goal("Payments", "The next morning", (
        Result("Payouts on the next working day", "percent", "64", "95", "ahead"),
        Result("NPS of the first payout", "points", "34", "42", "steady",
          metric="NPS after the first payout"),
    ), serves=("Shops are paid the next day",), theme="Paid without a thought",
        continues="Payouts every working day"),
    Goal("Merchant Credit", "Underwriting that scales", (
        Result("Requests decided on the same day", "percent", "20", "80", "steady"),
    ), serves=("Advances for any sound shop",), theme="Credit for small shops"),
    Goal("Invoicing", "Fewer shops leave", (
        Result("Churn a month", "percent", "2.2", "1.8", "stuck", metric="Churn of Invoicing"),
    ), theme="Books that keep themselves", continues="Keep the shops that we have"),
    Goal("Cash Forecast", "Is there a product here?", (
        Result("Owners interviewed", "items", "0", "40", "done"),
        Result("Owners who would pay", "percent", "0", "30", "slow"),
    ), theme="Books that keep themselves"),
    Goal("Shipping", "A promised day for every parcel", (
        Result("Orders with a promised day", "percent", "10", "50", "steady"),
        Result("Label cost", "EUR an order", "4.60", "4.10", "done"),
    ), serves=("Promise a day and keep it",), theme="Parcels on time"),
    Goal("Warehouse", "Stock that others can read", (
        Result("Stock changes sent as events", "percent", "0", "80", "slow"),
        Result("Shelves with a code that works", "percent", "35", "60", "steady"),
    ), theme="Stock that is where it should be", continues="Shelves have names"),
    Goal("Returns", "The first fifty fashion shops", (
        Result("Fashion shops on the portal", "shops", "0", "50", "ahead"),
    ), theme="Cheaper to run"),
    Goal("EDI Gateway", "Tell every supplier", (
        Result("Suppliers that confirmed the end date", "percent", "0", "100", "slow"),
    ), theme="Cheaper to run"),
    Goal("Storefront", "Import what the shop already has", (
        Result("Shops that import their catalogue", "percent", "18", "40", "steady"),
        Result("Imports that fail", "percent", "22", "8", "ahead"),
    ), serves=("Set-up without the manual",)),
    Goal("Checkout", "One page", (
        Result("Buyers on the one-page checkout", "percent", "0", "50", "done"),
    ), serves=("Set-up without the manual",), continues="Fewer fields"),
    Goal("Acquiring", "Tokens instead of card numbers", (
        Result("Payments with a network token", "percent", "0", "60", "slow"),
    ), serves=("The next morning",)),
    Goal("Payouts", "Exceptions are exceptions", (
        Result("Payouts held by hand each day", "items", "900", "250", "steady"),
    ), serves=("The next morning",), continues="The batch finishes before breakfast"),
    Goal("Carriers", "Leave a depot that fails", (
        Result("Parcels through the ten worst depots", "percent", "13", "5", "steady"),
    ), serves=("A promised day for every parcel",), continues="A scan at every depot"),
    Goal("Platform", "Four nines for what is shared", (
        Result("Minutes of shared outage", "minutes", "", "15", "missed", shape="at-most"),
        Result("Products on the stream", "items", "3", "7", "steady"),
    ), continues="One way to send an event"),
)
