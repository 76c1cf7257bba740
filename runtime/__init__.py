"""What every process needs: settings, Kafka clients, logging, metrics, health, errors."""
