-- What happened, for good; triggers refuse UPDATE and DELETE.
CREATE TABLE `audit_events` (
	`sequence` integer PRIMARY KEY AUTOINCREMENT NOT NULL, -- order of commit
	`id` text NOT NULL, -- event id, uj-…
	`at` integer NOT NULL, -- Unix ms
	`organization_id` text NOT NULL, -- tenant of actor and target
	`actor_id` text NOT NULL, -- user who asked
	`target_id` text NOT NULL, -- user who was changed
	`action` text NOT NULL, -- verb: activate, deactivate, archive, create, update
	`from_state` text, -- active, inactive, archived; null where no state changed or the user is new
	`to_state` text, -- active, inactive, archived; null where no state changed
	`dialect` text NOT NULL, -- wire contract of the request
	`request_id` text NOT NULL, -- our id of the request
	`evidence` text NOT NULL -- JSON: ids, client data and signature of the user action; no personal data
);
--> statement-breakpoint
CREATE UNIQUE INDEX `audit_events_id_unique` ON `audit_events` (`id`);--> statement-breakpoint
CREATE INDEX `audit_events_target` ON `audit_events` (`target_id`,`sequence`);--> statement-breakpoint
CREATE INDEX `audit_events_organization` ON `audit_events` (`organization_id`,`sequence`);--> statement-breakpoint
-- Registered public keys.
CREATE TABLE `credentials` (
	`id` text PRIMARY KEY NOT NULL, -- credential id of ours, cr-…
	`organization_id` text NOT NULL, -- tenant
	`user_id` text NOT NULL, -- owner
	`kind` text NOT NULL, -- Key or Fido2
	`credential_id` text NOT NULL, -- id that the client knows, unpadded base64url
	`algorithm` text NOT NULL, -- Ed25519, P-256, P-384, secp256k1, RSA
	`public_key_pem` text NOT NULL, -- SubjectPublicKeyInfo, PEM
	`public_key_hash` text NOT NULL, -- hex SHA-256 of the SubjectPublicKeyInfo; one key serves one user
	`name` text NOT NULL, -- label for people
	`access_token_id` text, -- jti of the personal access token it belongs to; null for a key of the user itself
	`deactivated_at` integer, -- Unix ms; null while active
	`created_at` integer NOT NULL, -- Unix ms
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `credentials_credential_id_unique` ON `credentials` (`organization_id`,`credential_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `credentials_public_key_unique` ON `credentials` (`public_key_hash`);--> statement-breakpoint
CREATE INDEX `credentials_user` ON `credentials` (`user_id`);--> statement-breakpoint
-- Always empty: a batch aborts on the NOT NULL column that names what no longer holds.
CREATE TABLE `guards` (
	`caller` integer NOT NULL, -- caller unchanged and active
	`bearer` integer NOT NULL, -- bearer not logged out
	`assignment` integer NOT NULL, -- the role that granted the operation still does
	`credential` integer NOT NULL, -- signing credential still active
	`target` integer NOT NULL, -- target unchanged
	`last_holder` integer NOT NULL -- another active employee holds each power that the target loses
);
--> statement-breakpoint
-- Completed answers, kept for honest retries.
CREATE TABLE `idempotency_records` (
	`scope_hash` text PRIMARY KEY NOT NULL, -- hex SHA-256 of organization, issuer, subject, route and key
	`fingerprint` text NOT NULL, -- hex SHA-256 of the request
	`status` integer NOT NULL, -- HTTP status of the stored answer
	`body` text NOT NULL, -- body of the stored answer, byte for byte
	`headers` text NOT NULL, -- JSON: safe headers of the stored answer
	`expires_at` integer NOT NULL -- Unix ms
);
--> statement-breakpoint
CREATE INDEX `idempotency_records_expiry` ON `idempotency_records` (`expires_at`);--> statement-breakpoint
-- Tenants.
CREATE TABLE `organizations` (
	`id` text PRIMARY KEY NOT NULL, -- or-…
	`tenant_id` text NOT NULL, -- acct-…
	`name` text NOT NULL, -- for people
	`dialects` text NOT NULL, -- JSON array: which of dfns, timbu, rinne are on
	`require_user_action` integer DEFAULT false NOT NULL, -- 1: Timbu and Rinne mutations need a user action too
	`is_demo` integer DEFAULT false NOT NULL, -- 1: demo data, refused on a production origin
	`user_count` integer DEFAULT 0 NOT NULL, -- users that are not archived, kept by the batches
	`created_at` integer NOT NULL, -- Unix ms
	`updated_at` integer NOT NULL -- Unix ms
);
--> statement-breakpoint
-- Access tokens that ended before their time.
CREATE TABLE `revoked_tokens` (
	`hash` text PRIMARY KEY NOT NULL, -- hex SHA-256 of issuer and jti
	`expires_at` integer NOT NULL -- Unix ms; purged afterwards
);
--> statement-breakpoint
CREATE INDEX `revoked_tokens_expiry` ON `revoked_tokens` (`expires_at`);--> statement-breakpoint
-- Who holds which role.
CREATE TABLE `role_assignments` (
	`id` text PRIMARY KEY NOT NULL, -- as-…
	`role_id` text NOT NULL, -- role
	`user_id` text NOT NULL, -- holder
	`created_at` integer NOT NULL, -- Unix ms
	FOREIGN KEY (`role_id`) REFERENCES `roles`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `role_assignments_user_role_unique` ON `role_assignments` (`user_id`,`role_id`);--> statement-breakpoint
CREATE INDEX `role_assignments_role` ON `role_assignments` (`role_id`);--> statement-breakpoint
-- Lists of operations (Dfns: permissions).
CREATE TABLE `roles` (
	`id` text PRIMARY KEY NOT NULL, -- pm-…
	`organization_id` text NOT NULL, -- tenant
	`name` text NOT NULL, -- unique in the organization
	`description` text, -- for people
	`operations` text NOT NULL, -- JSON array, spelled as each dialect spells them
	`grants_dfns_activate` integer GENERATED ALWAYS AS ((instr(replace(replace(operations, '\\', '?'), '\"', '?'), '"Auth:Users:Activate"') > 0)) STORED, -- computed: holds Auth:Users:Activate
	`grants_rinne_activate` integer GENERATED ALWAYS AS ((instr(replace(replace(operations, '\\', '?'), '\"', '?'), '"user.edit"') > 0 OR instr(replace(replace(operations, '\\', '?'), '\"', '?'), '"user.*"') > 0 OR instr(replace(replace(operations, '\\', '?'), '\"', '?'), '"*.*"') > 0)) STORED, -- computed: holds user.edit or a wildcard over it
	`version` integer DEFAULT 1 NOT NULL, -- rises with every change
	`created_at` integer NOT NULL, -- Unix ms
	`updated_at` integer NOT NULL, -- Unix ms
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `roles_name_unique` ON `roles` (`organization_id`,`name`);--> statement-breakpoint
-- Single-use tokens that were used.
CREATE TABLE `used_tokens` (
	`hash` text PRIMARY KEY NOT NULL, -- hex SHA-256 of the token id
	`purpose` text NOT NULL, -- typ of the token
	`expires_at` integer NOT NULL -- Unix ms; purged afterwards
);
--> statement-breakpoint
CREATE INDEX `used_tokens_expiry` ON `used_tokens` (`expires_at`);--> statement-breakpoint
-- Email addresses and phone numbers.
CREATE TABLE `user_identifiers` (
	`id` text PRIMARY KEY NOT NULL, -- id-…
	`user_id` text NOT NULL, -- owner
	`organization_id` text NOT NULL, -- tenant, for uniqueness
	`type` text NOT NULL, -- email or phone
	`value` text NOT NULL, -- lower case
	`verified_at` integer, -- Unix ms; null while unverified
	`released_at` integer, -- Unix ms of the archiving that freed the value; null while taken
	`created_at` integer NOT NULL, -- Unix ms
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `user_identifiers_value_unique` ON `user_identifiers` (`organization_id`,`type`,`value`) WHERE "user_identifiers"."released_at" IS NULL;--> statement-breakpoint
CREATE INDEX `user_identifiers_user` ON `user_identifiers` (`user_id`);--> statement-breakpoint
-- Users of all kinds.
CREATE TABLE `users` (
	`id` text PRIMARY KEY NOT NULL, -- us-…
	`organization_id` text NOT NULL, -- tenant
	`kind` text NOT NULL, -- CustomerEmployee or EndUser
	`username` text NOT NULL, -- unique in the organization, case-insensitive
	`first_name` text, -- null where unknown
	`last_name` text, -- null where unknown
	`is_service_account` integer DEFAULT false NOT NULL, -- 1: a machine
	`is_registered` integer DEFAULT false NOT NULL, -- 1: has registered a credential
	`is_sso_required` integer DEFAULT false NOT NULL, -- 1: may not log in by credential
	`is_superuser` integer DEFAULT false NOT NULL, -- 1: Timbu superuser of its organization
	`external_id` text, -- id of the user in the systems of its organization, unique while not archived
	`metadata` text, -- JSON object
	`suspended_at` integer, -- Unix ms; null = active
	`archived_at` integer, -- Unix ms; null = not archived
	`token_epoch` integer DEFAULT 0 NOT NULL, -- rises with every deactivation; tokens of another epoch are dead
	`tokens_valid_after_at` integer, -- Unix ms; older tokens of outside issuers are dead
	`version` integer DEFAULT 1 NOT NULL, -- rises with every change; served as ETag
	`created_at` integer NOT NULL, -- Unix ms
	`updated_at` integer NOT NULL, -- Unix ms
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `users_username_unique` ON `users` (`organization_id`,lower("username")) WHERE "users"."archived_at" IS NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `users_external_id_unique` ON `users` (`organization_id`,`external_id`) WHERE "users"."archived_at" IS NULL AND "users"."external_id" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `users_page` ON `users` (`organization_id`,`created_at`,`id`) WHERE "users"."archived_at" IS NULL;--> statement-breakpoint
CREATE INDEX `users_page_by_kind` ON `users` (`organization_id`,`kind`,`created_at`,`id`) WHERE "users"."archived_at" IS NULL;--> statement-breakpoint
CREATE INDEX `users_superusers` ON `users` (`organization_id`) WHERE "users"."is_superuser" = 1 AND "users"."archived_at" IS NULL;