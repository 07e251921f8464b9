-- item_any_open: is anything ready or claimed anywhere in {items}? Answers one row {open}.
SELECT EXISTS (SELECT 1 FROM {items} WHERE claim IS NOT NULL)
    OR EXISTS (SELECT 1 FROM {items} WHERE claim IS NULL AND run_at <= now()) AS open
