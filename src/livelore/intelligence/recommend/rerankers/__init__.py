"""What changes a ranked list: diversity, exposure, calibration, spreading."""
