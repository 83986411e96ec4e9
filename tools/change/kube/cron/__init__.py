"""What running a Job from its CronJob is made of. A module here is no tool."""
