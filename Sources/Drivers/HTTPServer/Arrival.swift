internal import Glibc

/// A socket that was accepted, on its way to a loop.
struct Arrival: Sendable {
    enum Place {
        /// It has been counted in.
        case counted
        case inReserve
        /// Another one has to go first: one of this client, or any. It goes from loop to loop until one can be spared.
        case instead(ClientAddress?, loopsLeft: Int)
    }

    let socket: Int32
    let peer: ClientAddress?
    let isFromProxy: Bool
    var place: Place

    /// Who it counts for; a proxy's client is not known yet.
    var client: ClientAddress? { isFromProxy ? nil : peer?.client }

    /// The server has stopped.
    func discard(_ context: ServerContext) {
        close(socket)
        switch place {
        case .counted: context.admission.end(client, isReserved: false)
        case .inReserve: context.admission.end(client, isReserved: true)
        case .instead: break
        }
    }

    /// Says why, as far as the kernel takes it, and leaves.
    func turnAway(_ context: ServerContext) {
        let response = context.refusal(.tooManyConnections, to: nil)
        var head = ResponseHead()
        head.write(response, isClosing: true, isHTTP10: false)
        let bytes = head.bytes + response.body
        send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        close(socket)
    }
}

extension Admission {
    /// Counts a new connection in, or says who has to go for it.
    func place(for client: ClientAddress?, loops: Int) -> Arrival.Place {
        switch admit(client) {
        case .admitted: .counted
        case .clientIsFull: .instead(client, loopsLeft: loops)
        case .full: .instead(nil, loopsLeft: loops)
        }
    }
}
