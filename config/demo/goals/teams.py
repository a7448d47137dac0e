"""What the thirty teams want from this quarter."""

from config.demo.shapes import Goal, Result

ONE_SITTING = "A new shop is ready to sell in one sitting"
BUYERS = "Buyers finish what they began"
TILL_FIRST = "A shop opens its till on the day it signs up"
QUEUE = "The till never stops the queue"
LISTED = "A product listed once is listed everywhere"
SECOND_LOOK = "Orders from marketplaces need no second look"
REGULARS = "Shops with regulars see them come back"
NOBODY_THINKS = "Nobody thinks about payments"
NEXT_MORNING = "Money is in the bank the next morning"
MINUTE = "A shop knows within a minute"
REMINDERS = "Reminders that a shop need not write"
FORECAST = "Owners trust what the forecast says"
PROMISE = "The promise on the screen is the day at the door"
COUNTING = "Counting is part of the day"
RELY = "Other products can rely on our stock"
RETURNS = "Customers arrange returns themselves"
GOOD_ORDER = "Suppliers leave the gateway in good order"

# fmt: off
GOALS = (
    Goal("Storefront", "The first ten products are in before the coffee is cold", (
        Result("Minutes to bring in the first ten products", "minutes", "22", "8", "steady",
          "{value}. The spreadsheet import guesses the columns now."),
        Result("New shops whose first photo is good enough", "percent", "35", "60", "slow"),
        Result("Storefront work for the guided set-up done", "percent", "0", "92",
          source="jira:SHOP"),
    ), serves=(ONE_SITTING,)),
    Goal("Checkout", "Paying takes one page and one thought", (
        Result("Buyers who drop out at the address", "percent", "17", "9", "ahead",
          "{value}. Postcode first, street second. That was all.", weight="2"),
        Result("Orders paid with a saved card or wallet", "percent", "31", "50", "steady"),
        Result("Seconds from “buy” to the receipt", "seconds", "6.2", "3", "slow",
          "{value}, the rest is the bank's 3-D Secure page."),
    ), serves=(BUYERS,)),
    Goal("Themes and Design", "A shop looks right on any phone", (
        Result("Shops whose theme passes the contrast check", "percent", "47", "90", "steady"),
        Result("Phone pages that jump while loading", "percent", "28", "5", "ahead"),
        Result("Publish the new design guide", "", shape="yes-no", course="missed",
          note="Draft is with Emily. It is a task, we know."),
    ), serves=(BUYERS,)),
    Goal("Till", "The till keeps selling when the line is down", (
        Result("Sales lost while offline each month", "items", "410", "50", "ahead"),
        Result("Seconds for a sale with three items", "seconds", "19", "12", "steady"),
        Result("Old tills that run the new version", "percent", "22", "80", "slow",
          "{value}, we wait for the Android 9 fix."),
        Result("One sign-in for till and shop: share done", "percent", "0", "90",
          source="jira:ID"),
    ), serves=(QUEUE,)),
    Goal("Devices", "Readers arrive and simply work", (
        Result("Days from order to the reader at the shop", "days", "6.4", "3", "stuck",
          "Customs again. A depot in Venlo would cut two days; nobody owns that decision."),
        Result("Support calls for every hundred new readers", "items", "31", "12", "slips",
          "{value}. Readers with flat batteries: nine in ten calls begin with it."),
    ), serves=(TILL_FIRST,)),
    Goal("Listings", "Marketplaces accept what we send", (
        Result("Listings refused by a marketplace", "percent", "14", "5", "ahead",
          "{value} and falling. Shoes are solved."),
        Result("Attributes that are filled in without a person", "percent", "55", "85", "ahead"),
        Result("Categories on the new catalogue", "percent", "0", "100", "ahead"),
    ), serves=(LISTED,)),
    Goal("Channel Orders", "An order is an order, wherever it came from", (
        Result("Minutes until a marketplace order is in the shop", "minutes", "18", "2", "slow"),
        Result("Orders entered twice each week", "items", "75", "5", "steady"),
    ), serves=(SECOND_LOOK,)),
    Goal("Stamps", "A stamp takes two seconds", (
        Result("Seconds to give a stamp at the till", "seconds", "9", "2", "late",
          "Fine so far."),
        Result("Stamps given twice by mistake", "percent", "4", "0.5", "late"),
    ), serves=(REGULARS,)),
    Goal("Campaigns", "A shop writes to its regulars without help", (
        Result("Shops that send a first message on their own", "shops", "55", "240", "stuck",
          "{value}. They open the editor, look at it and leave."),
        Result("Customers who come in after a message", "percent", "3.1", "6", "slow"),
    ), serves=(REGULARS,)),
    Goal("Acquiring", "More cards say yes", (
        Result("Wallet volume a month", "EUR", "11000000", "16000000", "ahead",
          "Apple Pay at the counter is the surprise."),
        Result("Soft declines that succeed on the second try", "percent", "38", "55", "steady"),
        Result("Share of the switch to the new processor done", "percent", "0", "92",
          source="jira:PAY"),
    ), serves=(NOBODY_THINKS,)),
    Goal("Payouts", "A payout needs no second pair of eyes", (
        Result("Payouts checked by hand each day", "items", "260", "60", "ahead"),
        Result("Shops that ask where their money is", "percent", "4.8", "1.5", "steady",
          "{value}. The tracker in the app answers most of them."),
        Result("Payout types on the new engine", "percent", "0", "100", "steady"),
    ), serves=(NEXT_MORNING,)),
    Goal("Fraud and Risk", "We stop thieves and not customers", (
        Result("Good orders that we refuse", "percent", "1.9", "0.8", "slips",
          "{value}. The rules against the gift card wave catch honest people too.", weight="2"),
        Result("Fraud for every hundred euros", "items", "", "0.08", "missed", shape="at-most",
          note="{value} after the gift card wave in the first week. Coming down."),
        Result("Hours until a new pattern is blocked", "hours", "30", "6", "slow"),
    ), serves=(NOBODY_THINKS, MINUTE)),
    Goal("Lending", "Four questions are enough", (
        Result("Minutes to fill in a request", "minutes", "14", "3", "done",
          "{value}. Bank data instead of documents."),
        Result("Offers that are accepted", "percent", "36", "50", "steady"),
        Result("Rules that live in the decision engine", "percent", "20", "100", "steady"),
    ), serves=(MINUTE,)),
    Goal("Collections", "A late shop hears from a person, not a letter", (
        Result("Late shops reached within three days", "percent", "41", "80", "steady"),
        Result("Agreed plans that are kept", "percent", "58", "75", "slow"),
    ), serves=("Small shops get credit when they need it",)),
    Goal("Invoices", "A reminder goes out before the owner thinks of it", (
        Result("Reminders sent without a click", "percent", "12", "70", "steady"),
        Result("Days until an invoice is paid", "days", "21", "15", "slow",
          "{value}. Friday reminders work better than Monday ones, who knew."),
    ), serves=(REMINDERS,)),
    Goal("Ledger", "Every cent has a line", (
        Result("Entries that match a receipt on the first try", "percent", "64", "88", "dip"),
        Result("Differences found at month's end", "items", "340", "40", "ahead"),
        Result("Accounts kept in the new ledger", "percent", "15", "100", "steady"),
    ), serves=("Books keep themselves",)),
    Goal("Forecast Lab", "The forecast admits what it does not know", (
        Result("Forecasts whose range held", "percent", "52", "80", "slow"),
        Result("How long owners look at the forecast", "minutes", shape="baseline", course="met",
          note="{value} minutes. Less than the weather app."),
    ), serves=(FORECAST,)),
    Goal("Carriers", "A carrier's bad day is not our customer's", (
        Result("Parcels on time with the carriers that we chose", "percent", "87", "95", "ahead",
          "{value}. Switching away from one depot in Lille did most of this."),
        Result("Minutes to route around a depot that fails", "minutes", "190", "30", "slow"),
        Result("Carrier hub work done", "percent", "0", "92", source="jira:SHIP"),
    ), serves=(PROMISE,)),
    Goal("Labels", "A label is right the first time", (
        Result("Parcels on time with labels printed by us", "percent", "90", "96", "ahead"),
        Result("Labels printed twice", "percent", "5.5", "1.5", "dip",
          "New printers in Ghent, half of the labels came out twice on Wednesday."),
    ), serves=(PROMISE,)),
    Goal("Delivery Promise", "We promise the day that we can keep", (
        Result("Parcels on time with a promised day", "percent", "87", "94", "slow"),
        Result("Shops that show the promised day", "shops", "1900", "4200", "steady",
          "{value}. The plugin for older themes went out on Tuesday."),
        Result("Promised days that were too careful", "percent", "10", "20", "met", shape="within",
          note="{value}. Fewer and we break promises, more and we lose orders."),
    ), serves=(PROMISE,)),
    Goal("Stockroom", "A shelf knows what stands on it", (
        Result("Stock events lost each day", "items", "120", "5", "stuck",
          "Queue incident, day nine. We cannot promise a date yet."),
        Result("Shelves with a code that scans", "percent", "58", "90", "steady"),
    ), serves=(RELY, COUNTING)),
    Goal("Picking", "The shortest way through the stockroom", (
        Result("Metres walked for an order", "items", "240", "160", "steady"),
        Result("Lines picked an hour", "items", "62", "85", "slow"),
        Result("Lists that show pictures", "percent", "10", "100", "ahead"),
    ), serves=(COUNTING,)),
    Goal("Returns Portal", "Three taps and a code", (
        Result("Taps to arrange a return", "items", "11", "4", "done",
          "Four. We could stop here and work on the refund."),
        Result("Returns given up half-way", "percent", "26", "10", "steady"),
    ), serves=(RETURNS,)),
    Goal("Refunds", "The refund is there before the doubt", (
        Result("Hours from the returned parcel to the refund", "hours", "96", "24", "slow"),
        Result("Refunds that need a correction", "percent", "3.3", "1", "steady"),
    ), serves=(RETURNS, NOBODY_THINKS)),
    Goal("Gateway Keepers", "Nothing burns while we leave", (
        Result("Hours of outage", "hours", "", "4", "met", shape="at-most"),
        Result("Message types without a customer switched off", "items", "3", "21", shape="count",
          condition="No message for 60 days, and the supplier agreed",
          counted=("INVRPT", "SLSRPT", "RECADV", "OSTRPT", "PRICAT")),
    ), serves=(GOOD_ORDER,)),
    Goal("Platform", "Products build on us without asking", (
        Result("Days until a product has a new event stream", "days", "15", "3", "slow",
          "Nine. Four products ask at once and there are five of us."),
        Result("Minutes of outage of shared services", "minutes", "", "20", "missed",
          shape="at-most", note="{value}, all of it on the day of the certificate."),
        Result("Deployments that are rolled back", "percent", "7.5", "3", source="pushed"),
        Result("Share of the platform backlog done", "percent", "0", "88",
          source="linear:PLAT"),
    ), serves=(BUYERS, NOBODY_THINKS, PROMISE)),
    Goal("Data", "A number means the same everywhere", (
        Result("Measures with one owner and one definition", "items", "22", "60", "steady",
          source="file"),
        Result("Hours until yesterday's numbers are there", "hours", "11", "4", "ahead",
          source="pushed"),
        Result("Share of the insights rebuild done", "percent", "0", "85",
          source="linear:DATA"),
    ), serves=(FORECAST,)),
    Goal("Mobile", "One app that never asks for an update", (
        Result("Sessions without a crash", "percent", "99.1", "99.8", "steady", source="pushed"),
        Result("Days from a merged change to the shop's phone", "days", "16", "5", "slow"),
        Result("Migrate the app to the new toolkit", "percent", "0", "100", "steady",
          shape="milestones", steps=("Sign-in", "Orders", "Stock", "Settings"),
          note="Two of four. A task dressed as a key result, kept until the year ends."),
        Result("Share of the app work done", "percent", "0", "90", source="linear:MOB"),
    ), serves=(TILL_FIRST,)),
    Goal("Merchant Support", "The answer is there before the question", (
        Result("Questions answered without a person", "percent", "34", "55", "steady"),
        Result("Minutes until a person answers", "minutes", "47", "15", "ahead",
          "{value}. The new shift on Saturday pays for itself."),
        Result("Shops that ask twice about the same thing", "percent", "18", "8", "slow"),
    )),
    Goal("Growth Marketing", "Shops find us before they search", (
        Result("New shops a month that came by a friend", "shops", "210", "420", "slow"),
        Result("Cost of a new shop", "EUR", "184", "140", "backwards",
          "{value}. The autumn fair cost more than it brought."),
        Result("Share of the growth experiments finished", "percent", "0", "90",
          source="linear:GROW"),
    ), serves=(ONE_SITTING,)),
)
