-- A copy asks and records nobody.
DELETE FROM ir_config_parameter WHERE key = 'unicdo_trial_recording.allowed';
UPDATE unicdo_recording_trial SET active = false;
