import CRdKafka

/// One librdkafka consumer that has subscribed, with the queue of its records and events.
///
/// `@unchecked Sendable`: librdkafka's handles and queues may be used from any thread.
struct ConsumerClient: @unchecked Sendable {
    let handle: KafkaHandle
    let queue: OpaquePointer

    /// How to make one: a member of `group` that reads `topics`.
    struct Recipe: Sendable {
        let configuration: KafkaConfiguration
        let group: String
        let topics: [String]
        /// Whether somebody says where to start: then it is told of an offset that is not there, and never moved elsewhere.
        let isTold: Bool
        let log: KafkaLogger
    }

    init(_ recipe: Recipe) throws(KafkaError) {
        let configuration = recipe.configuration
        let native = try configuration.native(
            defaults: KafkaConfiguration.consumer.merging(configuration.consumerProperties) { $1 },
            fixed: KafkaConfiguration.consumerFixed.merging(
                ["group.id": recipe.group].merging(recipe.isTold ? ["auto.offset.reset": "error"] : [:]) { $1 }
            ) { $1 })
        native.enableEvents(
            RD_KAFKA_EVENT_FETCH | RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_OFFSET_COMMIT)
        let handle = try native.makeHandle(
            RD_KAFKA_CONSUMER, credentials: configuration.credentials, log: recipe.log)
        rd_kafka_poll_set_consumer(handle.pointer)
        let list = PartitionList()
        for topic in recipe.topics { list.add(topic) }
        let code = list.withPointer { rd_kafka_subscribe(handle.pointer, $0) }
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let queue = rd_kafka_queue_get_consumer(handle.pointer) else {
            handle.destroy()
            throw KafkaError(code, "not to be subscribed to: \(recipe.topics.joined(separator: ", "))")
        }
        self.handle = handle
        self.queue = queue
    }

    /// Gives everything back, without leaving the group where it has not been left; blocks.
    func destroy(hasLeft: Bool) {
        rd_kafka_queue_destroy(queue)
        handle.destroy(flags: hasLeft ? 0 : RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
    }
}
