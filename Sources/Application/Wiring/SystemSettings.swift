package import AccessKeys
package import Notifications
package import ServiceLife
package import Tracing

/// Everything that a running system is told.
package struct SystemSettings: Sendable {
    package var log: LogSettings
    /// nil: not run here.
    package var order: ServiceSettings?
    package var inventory: ServiceSettings?
    package var notification: ServiceSettings?
    /// The shop in a browser; nil: not run here.
    package var console: ConsoleSettings?
    /// How the notification service's messages leave.
    package var messages = MessageSettings()
    /// Where the order service finds inventory; nil: the one that runs here.
    package var inventoryAddress: ServiceAddress?
    /// The file that Kafka's properties are from; nil: none, or not followed.
    package var kafkaConfig: String?
    /// Where the services' inside tokens come from.
    package var tokens: TokenFollower?
    /// Whose keys callers at the public doors have to show; nil: nobody is asked.
    package var keys: KeysFile?
    /// Whether nobody need be asked even where others than this machine reach a service.
    package var isOpenOnPurpose = false
    /// Where traces go; nil: nowhere, and none are recorded.
    package var tracing: TracingSettings?

    package init(
        log: LogSettings, order: ServiceSettings? = nil, inventory: ServiceSettings? = nil,
        notification: ServiceSettings? = nil, inventoryAddress: ServiceAddress? = nil,
        tokens: TokenFollower? = nil
    ) {
        self.log = log
        self.order = order
        self.inventory = inventory
        self.notification = notification
        self.inventoryAddress = inventoryAddress
        self.tokens = tokens
    }
}

extension SystemSettings {
    /// What follows the password and certificates for Kafka.
    var kafkaFollower: KafkaFollower? {
        guard let kafkaConfig, case .kafka(_, let properties, _) = log else { return nil }
        return KafkaFollower(path: kafkaConfig, properties: properties)
    }

    /// All services that run here.
    var services: [ServiceSettings] { [order, inventory, notification, console?.service].compactMap(\.self) }

    /// The same, with what its services do recorded by this.
    func recorded(by traces: TraceExport?) -> SystemSettings {
        guard let traces else { return self }
        var settings = self
        settings.order?.tracer = traces.tracer(of: "order")
        settings.inventory?.tracer = traces.tracer(of: "inventory")
        settings.notification?.tracer = traces.tracer(of: "notification")
        settings.console?.service.tracer = traces.tracer(of: "console")
        return settings
    }

    /// The same, with callers asked for these keys, and the program's version.
    func asking(for keys: LiveKeys?) -> SystemSettings {
        var settings = self
        settings.order?.setBuild()
        settings.inventory?.setBuild()
        settings.notification?.setBuild()
        settings.console?.service.setBuild()
        settings.order?.ask(for: keys)
        settings.inventory?.ask(for: keys)
        settings.notification?.ask(for: keys)
        settings.console?.service.ask(for: keys)
        return settings
    }
}

extension ServiceSettings {
    fileprivate mutating func setBuild() {
        version = Orderlog.version
        commit = Orderlog.commit ?? ""
    }
}
