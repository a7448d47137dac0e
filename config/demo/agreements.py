"""Who adds to whom, who works on what, who waits for whom, and where the money goes."""

from config.demo.shapes import Adds, Promise, Purse, Work

# fmt: off
ADDITIONS = (
    Adds("Yearly revenue of Store from shops that add a channel",
         "Yearly revenue from shops on two channels or more", "500000"),
    Adds("Yearly revenue of Marketplace Connect",
         "Yearly revenue from shops on two channels or more", "500000", offered="400000"),
    Adds("Yearly revenue of Point of Sale from shops that also sell online",
         "Yearly revenue from shops on two channels or more", "200000"),
    Adds("Yearly revenue of Loyalty",
         "Yearly revenue from shops on two channels or more", "170000", "proposed"),
    Adds("Card volume a month from new shops",
         "Card volume a month through Halden Payments", "6000000"),
    Adds("Wallet volume a month",
         "Card volume a month through Halden Payments", "5000000", offered="7000000"),
    Adds("Parcels on time with the carriers that we chose",
         "Parcels delivered on the promised day", "8"),
    Adds("Parcels on time with labels printed by us",
         "Parcels delivered on the promised day", "6"),
    Adds("Parcels on time with a promised day", "Parcels delivered on the promised day", "7"),
    Adds("Cost of a label", "Cost to fulfil an order", "-0.70"),
    Adds("Cost to pick and pack an order", "Cost to fulfil an order", "-0.40"),
    Adds("Cost of a return", "Cost to fulfil an order", "-1.00", offered="-1.40"),
)

INITIATIVES = (
    Work("Guided set-up", "Halden Store", "Storefront", "in-progress", 0, 75,
         ("Minutes from sign-up to a shop that can take an order",
          "New shops that finish set-up in one visit"), "jira:SHOP"),
    Work("One-page checkout for everybody", "Halden Store", "Checkout", "in-progress", 5, 60,
         ("Baskets that become orders", "Buyers who drop out at the address")),
    # Somebody promised it at a fair; it drives nothing that anybody measures.
    Work("Gift cards for the holidays", "Halden Store", "Checkout", "approved", 62, 90),
    Work("Theme speed week", "Halden Store", "Themes and Design", "approved", 55, 70,
         ("Seconds until a product page can be used on a phone",)),
    Work("Reader depot in Venlo", "Point of Sale", "Devices", "proposed", 40, 110,
         ("Days from order to the reader at the shop",)),
    Work("Offline till", "Point of Sale", "Till", "in-progress", -30, 50,
         ("Minutes a till stands still each month", "Sales lost while offline each month")),
    Work("One sign-in for till and shop", "Point of Sale", "Till", "in-progress", -40, 88,
         ("One sign-in for till and shop: share done",), "jira:ID"),
    Work("Category guesser", "Marketplace Connect", "Listings", "done", -20, 28,
         ("Listings that go live without a correction",)),
    Work("Live stock for six marketplaces", "Marketplace Connect", "Channel Orders",
         "in-progress", 10, 95,
         ("Marketplaces with live stock", "Orders refused because the stock was wrong")),
    Work("Campaign editor", "Loyalty", "Campaigns", "stopped", -15, 35,
         ("Shops that send a first message on their own",)),
    Work("Network tokens", "Payments", "Acquiring", "in-progress", -60, 45,
         ("Authorisation rate for wallets", "Authorisation rate of card payments"),
         "jira:PAY"),
    Work("Instant payout pilot", "Payments", "Payouts", "in-progress", 0, 80,
         ("Banks reached by instant payout",), "jira:PAY"),
    Work("Decisions from bank data", "Merchant Credit", "Lending", "in-progress", -10, 55,
         ("Decisions made without a person", "Minutes to fill in a request")),
    Work("Friendly reminders", "Invoicing", "Invoices", "in-progress", 15, 70,
         ("Reminders sent without a click",)),
    Work("Seasonality model", "Cash Forecast", "Forecast Lab", "in-progress", 20, 100,
         ("Forecasts within 10 % after four weeks",), "linear:DATA"),
    Work("Carrier hub", "Shipping", "Carriers", "in-progress", -25, 85,
         ("Parcels delivered on the promised day", "Minutes to route around a depot that fails"),
         "jira:SHIP"),
    Work("Promised day on older themes", "Shipping", "Delivery Promise", "in-progress", 20, 65,
         ("Shops that show the promised day",)),
    Work("Picture picking lists", "Warehouse", "Picking", "done", -10, 30,
         ("Picking errors for every thousand lines",)),
    Work("Stock event queue, second try", "Warehouse", "Stockroom", "in-progress", 5, 70,
         ("Stock events that arrive within a minute", "Stock events lost each day")),
    Work("Refund on scan", "Returns", "Refunds", "approved", 45, 90,
         ("Days until a refund is on the card",)),
    Work("Catalogue feed for suppliers", "EDI Gateway", "Gateway Keepers", "in-progress", 0, 120,
         ("Suppliers moved to the catalogue feed",)),
)

DEPENDENCIES = (
    Promise("Stock events from Warehouse, within a minute",
            "Orders refused because the stock was wrong", "Warehouse", "broken", -12, -5, "0.9",
            "The queue incident took both people. A new date follows when it is over.",
            "Stock events that arrive within a minute"),
    Promise("Network tokens for wallets at the checkout",
            "Orders paid with a saved card or wallet", "Payments", "accepted", 20, 14, "0.7",
            "", "Network tokens"),
    Promise("An event stream for the basket", "Baskets that become orders", "Platform",
            "countered", 10, 31, "0.6",
            "We can do it three weeks later, after Shipping and Payments, with four weeks of work.",
            weeks=6, promised_weeks=4),
    Promise("An event stream for payouts", "Payouts held for a manual check", "Platform",
            "accepted", 7, 5, "0.5"),
    Promise("An event stream for parcels", "Minutes to route around a depot that fails",
            "Platform", "asked", 18, None, "0.8", weeks=5),
    Promise("Identity check in the app", "Card volume a month from new shops", "Mobile",
            "accepted", -3, -2, "0.8",
            "Second week late: the store review refused the build."),
    Promise("Stamps in the till's main screen", "Shops that give stamps every week",
            "Point of Sale", "declined", 15, None, "0.9",
            "Not before the offline till is out. Ask again next quarter."),
    Promise("Return codes at the parcel shop", "Returns without a message to the shop",
            "Shipping", "delivered", -20, -22, "0.8"),
    Promise("Bank data for the decision engine", "Decisions made without a person", "Data",
            "delivered", -30, -28, "0.9"),
    Promise("Sales by shop and week", "Forecasts within 10 % after four weeks", "Data",
            "asked", 12, None, "0.7"),
    Promise("Help texts for instant payouts", "Instant payout pilot", "Merchant Support",
            "accepted", 35, 30, "0.2"),
    Promise("Peak capacity from two carriers", "Promised days that we can keep in the peak weeks",
            "Carriers", "accepted", 16, 21, "1.0",
            "Signed by one of two. The other answers by Friday."),
    Promise("A landing page for the guided set-up", "Guided set-up", "Growth Marketing",
            "withdrawn", 5, None, "0.3"),
    Promise("Push messages for regulars", "Customers who come in after a message", "Mobile",
            "asked", 25, None, "0.6"),
)

BUDGETS = (
    Purse("Guided set-up", "Halden Store", 640000,
          ((112000, "Design agency and user tests"), (168000, "Contractors, first wave")),
          on="A new shop is ready to sell in one sitting"),
    Purse("Readers and logistics", "Point of Sale", 480000,
          ((210000, "Readers for the first thousand shops"), (96000, "Courier contract"))),
    Purse("Marketplace growth", "Marketplace Connect", 520000,
          ((140000, "Two more engineers"), (88000, "Certification by three marketplaces")),
          on="A product listed once is listed everywhere"),
    Purse("Loyalty pilot", "Loyalty", 260000,
          ((120000, "Pilot with a hundred shops"), (158000, "Campaign editor, stopped"))),
    Purse("Network tokens and instant payouts", "Payments", 780000,
          ((190000, "Processor set-up"), (205000, "Scheme certification")),
          on="Money is in the bank the next morning"),
    Purse("Credit engine", "Merchant Credit", 430000, ((150000, "Bank data licences"),)),
    Purse("Cash Forecast exploration", "Cash Forecast", 120000, ((54000, "Research"),)),
    Purse("Carrier hub", "Shipping", 560000,
          ((170000, "Integration partner"), (130000, "Peak capacity, paid ahead")),
          on="The promise on the screen is the day at the door"),
    Purse("Stock that others can read", "Warehouse", 300000, ((90000, "Queue experts"),)),
    Purse("Leaving EDI", "EDI Gateway", 90000, ((31000, "Letters, calls and lawyers"),)),
    Purse("Fulfilment for the whole year", "", 1200000, ((260000, "Shared tools"),),
          stream="Fulfilment"),
)

# Key results whose next check-in is due about now, so that their owners find work at home.
DUE = frozenset({
    "Buyers who drop out at the address",
    "Seconds from “buy” to the receipt",
    "Authorisation rate for wallets",
    "Disputes answered before the deadline",
    "Parcels on time with the carriers that we chose",
    "Minutes to fill in a request",
    "Listings refused by a marketplace",
})
# Key results whose check-in was due so many days ago and has not come.
OVERDUE = {
    "Payouts held for a manual check": 3,
    "Merchant NPS after the first payout": 2,
    "Categories on the new catalogue": 5,
    "Attributes that are filled in without a person": 6,
    "Cost of a label": 4,
}
# Check-ins that their owners put off: key result, for how many days, and why.
PUT_OFF = (
    ("Merchant NPS after the first payout", 6, "The survey runs for another week."),
    ("Attributes that are filled in without a person", 9,
     "The model is trained again on Thursday; a figure of today would mislead."),
    ("Parcels on time with the carriers that we chose", 4,
     "Two carriers send their scans on Monday."),
)
# Objectives whose place below another one is still argued about, and the other side's word.
COUNTERED = {
    ("The refund is there before the doubt", "Nobody thinks about payments"):
        "Half of it: refunds to cards are ours, refunds to gift cards are not.",
}
# Objectives that support a key result above: shown there, never counted.
SUPPORTS = (
    ("The answer is there before the question", "Support requests for every hundred orders"),
    ("A number means the same everywhere", "Shops whose books close without a correction"),
)
# Teams and products that answer for an objective together with its owner.
CO_OWNERS = (
    ("Buyers finish what they began", "Payments"),
    ("The refund is there before the doubt", "Payouts"),
)
# Key results placed under a second objective, with their weight there.
SHARED = (
    ("Sales lost while offline each month", "A shop opens its till on the day it signs up", "0.5"),
)
# Key results whose read value a person set aside: value and reason.
OVERRIDES = (
    ("Share of the growth experiments finished", "70",
     "A clean-up script closed forty experiments, not we. Back when they are sorted out."),
)

# Series that no key result reads: name, unit, product, a year ago and today.
METRICS = (
    ("ARR of the group", "EUR", "", "18900000", "23400000"),
    ("Customer satisfaction with support", "percent", "", "81", "86"),
    ("Shops that left in a month", "percent", "Halden Store", "1.9", "1.5"),
    ("NPS of Halden Store", "points", "Halden Store", "38", "44"),
    ("Daily active tills", "items", "Point of Sale", "11200", "13900"),
    ("Parcels a day", "items", "Shipping", "21000", "34500"),
    ("Advances outstanding", "EUR", "Merchant Credit", "900000", "5200000"),
    ("Chargeback rate", "percent", "Payments", "0.9", "0.6"),
)
