ALTER TABLE `used_tokens` ADD `used_by` text; -- id of the commit that used it, which is the event's where there is one; null before this column was
