"""The demonstration: several city nodes on real data, each its own process, federated."""
