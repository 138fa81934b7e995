"""Where CT volumes and labels come from, and the checks that keep patients apart."""
