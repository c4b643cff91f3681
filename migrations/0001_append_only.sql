-- The record is append-only for every statement that the service or its operator runs by accident (invariant 7).
CREATE TRIGGER `audit_events_refuse_update` BEFORE UPDATE ON `audit_events` BEGIN SELECT RAISE(ABORT, 'audit_events is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `audit_events_refuse_delete` BEFORE DELETE ON `audit_events` BEGIN SELECT RAISE(ABORT, 'audit_events is append-only'); END;
--> statement-breakpoint
-- INSERT OR REPLACE deletes without asking the trigger above.
CREATE TRIGGER `audit_events_refuse_replace` BEFORE INSERT ON `audit_events` WHEN EXISTS (SELECT 1 FROM `audit_events` WHERE `id` = NEW.`id` OR `sequence` = NEW.`sequence`) BEGIN SELECT RAISE(ABORT, 'audit_events is append-only'); END;
