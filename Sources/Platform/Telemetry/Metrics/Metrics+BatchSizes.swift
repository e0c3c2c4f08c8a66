extension Metrics {
    /// How much is done at once, by what it is: `reserve`, `commit`, `publish`, `consume`, `send`.
    package func batchSizes(_ batch: String) -> Histogram.Series {
        histogram(
            "orderlog_batch_size", "How much shares one call, commit or append.",
            buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512], labels: ["batch"]
        ).series(batch)
    }
}
