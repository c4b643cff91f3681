-- By which a commit is found whose answer was lost: the id of its event, whether or not it wrote one. Null before these columns were.
ALTER TABLE `idempotency_records` ADD `claimed_by` text; -- id of the commit that claimed the key
--> statement-breakpoint
ALTER TABLE `used_tokens` ADD `used_by` text; -- id of the commit that used the token
