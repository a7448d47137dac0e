"""What the Commerce portfolio has on the table for the next quarter."""

from config.demo.shapes import Goal, Result

PEAK = "Shops keep selling when everybody buys"
CHANNELS = "A second channel pays for itself"
REGULARS = "Shops know their regulars"

GOALS = (
    Goal("Commerce", PEAK, (
        Result("Sales lost while a shop or a till is down", "EUR", "41000", "12000"),
        Result("Orders refused for want of stock", "percent", "2.4", "0.8"),
    ), theme="Sell from day one", state="accepted"),
    Goal("Commerce", CHANNELS, (
        Result("Yearly revenue that a second channel adds", "EUR", "0", "900000",
               source="contributions-sum"),
        Result("Shops that open a second channel with a partner", "items", "0", "150",
               source="contributions-sum"),
    ), theme="One shop, every channel", state="accepted"),
    Goal("Commerce", REGULARS, (
        Result("Orders by customers who bought before", "percent", "31", "38"),
        Result("Shops that look at their regulars every week", "items", "120", "600"),
    ), theme="Customers who come back", state="accepted"),
    Goal("Halden Store", "The checkout holds on the busiest day", (
        Result("Orders a minute before the checkout slows down", "items", "900", "2500"),
        Result("Minutes of checkout trouble in a busy week", "minutes", "34", "5"),
    ), serves=(PEAK,), theme="Sell from day one", state="proposed"),
    Goal("Halden Store", "Customers come back to the shop within a month", (
        Result("First buyers who order again within 30 days", "percent", "17", "23"),
        Result("Shops that send a second offer on their own", "items", "40", "300"),
    ), serves=(REGULARS,), theme="Customers who come back", state="proposed"),
    Goal("Halden Store", "Opening the online shop takes an afternoon", (
        Result("Yearly revenue of tills that open an online shop", "EUR", "0", "380000"),
        Result("Hours from the first click to the first order", "hours", "52", "6"),
    ), serves=(CHANNELS,), theme="One shop, every channel", state="accepted"),
    Goal("Point of Sale", "The till never stops, whatever the line does", (
        Result("Tills that sell offline for a day", "percent", "35", "95"),
        Result("Sales lost by tills that stand still", "EUR", "26000", "5000"),
    ), serves=(PEAK,), theme="Sell from day one", state="proposed"),
    Goal("Point of Sale", "One customer card, in the street and online", (
        Result("Yearly revenue of shops that sell in both places", "EUR", "0", "210000"),
        Result("Cards recognised at the till", "percent", "48", "80"),
    ), serves=(CHANNELS, REGULARS), theme="One shop, every channel", state="changes-requested"),
    Goal("Marketplace Connect", "A shop is on a marketplace the same day", (
        Result("Yearly revenue of shops that join a marketplace", "EUR", "0", "150000"),
        Result("Days from listing to the first sale", "days", "9", "3"),
    ), serves=(CHANNELS,), theme="One shop, every channel", state="proposed"),
    Goal("Marketplace Connect", "No order for a thing that is gone", (
        Result("Marketplace orders refused for want of stock", "percent", "3.1", "0.5"),
        Result("Minutes until a sale is seen everywhere", "minutes", "12", "1"),
    ), serves=(PEAK,), theme="Sell from day one", state="proposed"),
    Goal("Loyalty", "Customers come back to their shop within a month", (
        Result("Card holders who buy again within 30 days", "percent", "29", "40"),
        Result("Shops with a stamp campaign that runs", "items", "60", "350"),
    ), serves=(REGULARS,), theme="Customers who come back", state="proposed"),
    Goal("Loyalty", "A campaign is written in one sitting", (
        Result("Campaigns finished on the day they were begun", "percent", "22", "70"),
    ), theme="Customers who come back", state="draft"),
)  # fmt: skip
