-- A copy never calls a provider, even if its jobs are switched on again.
UPDATE unicdo_hosting_provider SET webhook_url = NULL, sealed_secret = NULL;
