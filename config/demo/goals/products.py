"""What the twelve products want from this quarter."""

from config.demo.shapes import Goal, Result

FIRST_DAY = "Shops sell from their first day"
CHANNELS = "One catalogue sells on every channel"
PAID = "Shops are paid without a thought"
CREDIT = "Small shops get credit when they need it"
BOOKS = "Books keep themselves"
PARCELS = "Parcels arrive when we said they would"
STOCK = "Stock is where the screen says it is"
CHEAPER = "Each order costs less to run"

# fmt: off
GOALS = (
    Goal("Halden Store", "A new shop is ready to sell in one sitting", (
        Result("Minutes from sign-up to a shop that can take an order", "minutes", "74", "30",
          "steady",
          "{value} minutes. Importing the first ten products is now the longest step."),
        Result("New shops that finish set-up in one visit", "percent", "27", "45", "ahead",
          "{value} after the address step went. Nobody missed it."),
        Result("Share of the guided set-up built", "percent", "0", "86", source="jira:SHOP"),
    ), serves=(FIRST_DAY,), theme="Sell from day one"),
    Goal("Halden Store", "Buyers finish what they began", (
        Result("Baskets that become orders", "percent", "58", "64", "steady",
          "{value} with the one-page checkout on half of the traffic.", weight="2",
          metric="Checkout conversion"),
        Result("Seconds until a product page can be used on a phone", "seconds", "4.1", "2.5",
          "slow"),
        Result("Yearly revenue of Store from shops that add a channel", "EUR", "3200000", "3700000",
          "steady", metric="ARR of Halden Store, multi-channel"),
    ), serves=(FIRST_DAY, CHANNELS), theme="One shop, every channel"),
    Goal("Point of Sale", "A shop opens its till on the day it signs up", (
        Result("Days until the first sale at the counter", "days", "12", "5", "slow",
          "{value}. The software takes an hour, the courier takes the week."),
        Result("Card readers that work out of the box", "percent", "86", "97", "dip",
          "A batch from the new supplier came with flat batteries. 900 readers to swap."),
        Result("Shops that sell at the counter within a week", "percent", "24", "40", "slow"),
    ), serves=(FIRST_DAY,), theme="Sell from day one"),
    Goal("Point of Sale", "The till never stops the queue", (
        Result("Minutes a till stands still each month", "minutes", "38", "10", "steady"),
        Result("Sales that go through while the line is down", "percent", "", "99", "met",
          "{value} over the last four weeks, in 61 real outages.", shape="at-least"),
        Result("Yearly revenue of Point of Sale from shops that also sell online", "EUR", "800000",
          "1000000", "slow"),
    ), serves=(CHANNELS,), theme="One shop, every channel"),
    Goal("Marketplace Connect", "A product listed once is listed everywhere", (
        Result("Listings that go live without a correction", "percent", "63", "85", "ahead",
          "{value}. The category guesser is right nine times in ten for clothes."),
        Result("Hours from the catalogue to all marketplaces", "hours", "26", "4", "steady"),
        Result("Yearly revenue of Marketplace Connect", "EUR", "2100000", "2600000", "ahead",
          "Best October we had.", metric="ARR of Marketplace Connect"),
    ), serves=(CHANNELS,), theme="One shop, every channel"),
    Goal("Marketplace Connect", "Orders from marketplaces need no second look", (
        Result("Orders that need a person", "percent", "9", "3", "slow"),
        Result("Marketplaces with live stock", "items", "2", "6", shape="count",
          condition="Stock changes reach the marketplace within a minute",
          counted=("Bol", "Zalando")),
        Result("Marketplace orders that take the new way", "percent", "0", "100", "slow"),
    ), serves=(CHANNELS,), theme="One shop, every channel"),
    Goal("Loyalty", "Shops with regulars see them come back", (
        Result("Shops that give stamps every week", "shops", "180", "600", "late",
          "Behind the plan, will report properly once the pilot data is in."),
        Result("Customers with a second stamp within 30 days", "percent", "19", "35", "late"),
        Result("Rebuild the campaign editor", "percent", "0", "100", "late",
          shape="milestones", steps=("Choose an editor", "Move the templates",
                                     "Invite ten shops", "Switch the old one off")),
    ), theme="Customers who come back",
        about="Stamps at the till and online, so that a regular is a regular everywhere."),
    Goal("Payments", "Nobody thinks about payments", (
        Result("Authorisation rate for wallets", "percent", "95.2", "97.5", "ahead",
          "Network tokens are live for two thirds of the traffic. Worth 0.9 points so far."),
        Result("Card volume a month from new shops", "EUR", "9000000", "15000000", "slow",
          "The funnel loses one shop in four at the identity check."),
        Result("Disputes answered before the deadline", "percent", "72", "95", "dip"),
        Result("Share of the payment rebuild finished", "percent", "0", "90", source="jira:PAY"),
    ), serves=(PAID,), theme="Paid without a thought"),
    Goal("Payments", "Money is in the bank the next morning", (
        Result("Payouts held for a manual check", "percent", "3.4", "1", "steady"),
        Result("Banks reached by instant payout", "items", "3", "9", shape="count",
          condition="A payout of ten euros arrived within ten seconds",
          counted=("ING", "Rabobank", "Sparkasse")),
        Result("Merchant NPS after the first payout", "points", "41", "52", "slow",
          metric="NPS after the first payout"),
    ), serves=(PAID,), theme="Paid without a thought"),
    Goal("Merchant Credit", "A shop knows within a minute", (
        Result("Decisions made without a person", "percent", "48", "85", "ahead"),
        Result("Shops that start a request and finish it", "percent", "33", "55", "steady",
          "{value} after we cut the form to four questions."),
        Result("Losses on advances", "percent", "1", "2.5", "met", shape="within",
          note="{value}. Below 1 we would be turning good shops away."),
    ), serves=(CREDIT,), theme="Credit for small shops"),
    Goal("Invoicing", "Reminders that a shop need not write", (
        Result("Invoices paid within 14 days", "percent", "61", "72", "steady",
          metric="Invoices paid within 14 days"),
        Result("Shops that switched reminders on", "shops", "2300", "3100", "slow"),
        Result("Monthly churn of Invoicing", "percent", "2.1", "1.4", "backwards",
          "{value}, a competitor gives it away. We should talk about the price.",
          metric="Churn of Invoicing"),
    ), serves=(BOOKS,), theme="Books that keep themselves"),
    Goal("Cash Forecast", "Owners trust what the forecast says", (
        Result("Forecasts within 10 % after four weeks", "percent", "35", "60", "slow",
          "Bakeries are easy, fashion is not. The seasonality model should help."),
        Result("Owners who look at the forecast every week", "shops", "40", "150", "steady"),
        Result("Ten owners would be sorry to lose it", "items", "0", "10", shape="count",
          condition="Answered “very sorry” without being led",
          counted=("Bäckerei Lohmann", "Fietsen Jansen", "Casa Lume", "Wool & Wick")),
    ), serves=(BOOKS,), theme="Books that keep themselves",
        about="An exploration: the question is whether this should exist."),
    Goal("Shipping", "The promise on the screen is the day at the door", (
        Result("Labels bought at the best price", "percent", "71", "90", "ahead"),
        Result("Promised days that we can keep in the peak weeks", "percent", "79", "92", "slow",
          "Peak starts in three weeks and two carriers have not confirmed capacity."),
        Result("Cost of a label", "EUR an order", "4.10", "3.40", "steady"),
        Result("Share of the carrier hub finished", "percent", "0", "85", source="jira:SHIP"),
    ), serves=(PARCELS, CHEAPER), theme="Parcels on time"),
    Goal("Warehouse", "Counting is part of the day", (
        Result("Shelves counted in the last 30 days", "percent", "44", "75", "slow"),
        Result("Picking errors for every thousand lines", "items", "7", "3", "steady",
          "{value}. Pictures on the picking list did it."),
        Result("Cost to pick and pack an order", "EUR an order", "2.90", "2.50", "slow"),
    ), serves=(STOCK,), theme="Stock that is where it should be"),
    Goal("Warehouse", "Other products can rely on our stock", (
        Result("Stock events that arrive within a minute", "percent", "52", "99", "stuck",
          "Both people who know the queue are on the incident. Nothing moved.",
          status="on-track", confidence="0.6"),
        Result("Products that read our stock live", "items", "1", "4", "stuck"),
    ), serves=(STOCK,), theme="Stock that is where it should be"),
    Goal("Returns", "Customers arrange returns themselves", (
        Result("Returns without a message to the shop", "percent", "29", "60", "ahead",
          "{value}! The QR code at the parcel shop is what people wanted."),
        Result("Days until a refund is on the card", "days", "9", "4", "steady"),
        Result("Cost of a return", "EUR an order", "4.40", "3.40", "slow"),
        Result("Fashion shops that use the portal", "shops", "60", "220", "steady"),
    ), serves=(CHEAPER,), theme="Cheaper to run"),
    Goal("EDI Gateway", "Suppliers leave the gateway in good order", (
        Result("Suppliers moved to the catalogue feed", "items", "38", "160", "stuck"),
        Result("Contracts ended by agreement", "percent", "20", "70", "slow"),
        Result("Gateway switched off for the last customer in Spain", "", shape="yes-no",
          course="met", note="Done on the 9th, nobody called."),
    ), serves=(CHEAPER,), theme="Cheaper to run"),
    Goal("Loyalty", "Price stamps so that a small bakery can afford them", (
        Result("Trial shops that stay after 60 days", "percent", "24", "45", "silent"),
        Result("Yearly revenue of Loyalty", "EUR", "90000", "260000", "silent",
          metric="ARR of Loyalty"),
    ), theme="Customers who come back", state="proposed"),
    Goal("Returns", "Second-hand sales pay for returns", (
        Result("Returned goods sold again within 30 days", "percent", "12", "40", "silent"),
    ), serves=(CHEAPER,), theme="Cheaper to run", state="proposed"),
)
