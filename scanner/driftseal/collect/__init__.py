"""Target kinds, one file each: from what a person types to snapshots."""
