-- items_drop: the emptied table of a queue, and its view.
DROP TABLE IF EXISTS leasehold.{items} CASCADE
