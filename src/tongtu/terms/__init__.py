"""The words and values every other room speaks in: reasons, faults, money, codes, dates, units, settings."""
