-- item_claims_by_session: how many items each session holds. Answers rows {id, claimed}.
SELECT claim AS id, count(*) AS claimed FROM {items} WHERE claim IS NOT NULL GROUP BY claim
