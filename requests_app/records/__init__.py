"""History, evidence, audit PDF, verification and exports."""
