-- What passkeys say of themselves, and the code by which a new user registers its first key.
ALTER TABLE `credentials` ADD `sign_count` integer DEFAULT 0 NOT NULL; -- how often a passkey says that it has signed; 0 where it does not count
--> statement-breakpoint
ALTER TABLE `credentials` ADD `is_backup_eligible` integer DEFAULT false NOT NULL; -- 1: a passkey that may be copied to other devices
--> statement-breakpoint
ALTER TABLE `credentials` ADD `relying_party_id` text; -- domain that a passkey is bound to; null for keys
--> statement-breakpoint
ALTER TABLE `credentials` ADD `origin` text; -- origin of the page that registered a passkey; null for keys
--> statement-breakpoint
ALTER TABLE `credentials` ADD `suspected_at` integer; -- Unix ms of the last count that did not rise; null for never
--> statement-breakpoint
ALTER TABLE `credentials` ADD `activated_at` integer; -- Unix ms; when it was last switched on again, null for never
--> statement-breakpoint
ALTER TABLE `users` ADD `registration_code_hash` text; -- hex SHA-256 of the code that registers the first key; null where none waits
--> statement-breakpoint
ALTER TABLE `users` ADD `registration_code_expires_at` integer; -- Unix ms
