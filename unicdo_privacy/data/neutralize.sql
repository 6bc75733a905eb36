-- Without its id a copy finds neither the keys nor the sealed files of its original, even if somebody sets it live again.
DELETE FROM ir_config_parameter WHERE key = 'unicdo.vault_id';

-- Packages, erasures, mails and calls that were planned happen in the original only.
UPDATE unicdo_work SET state = 'cancelled' WHERE state IN ('todo', 'failed');
UPDATE ir_cron SET active = false
 WHERE id IN (SELECT res_id FROM ir_model_data WHERE model = 'ir.cron' AND module LIKE 'unicdo\_%');
