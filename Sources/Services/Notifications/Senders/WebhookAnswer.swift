import HTTPClient

/// What a webhook's receiver said to one message.
enum WebhookAnswer: Sendable {
    case taken
    /// It will never take this message.
    case never(status: Int)
    /// It does not take this message now.
    case later(status: Int, retryAfter: Duration?)
    /// A refusal that fits the message as well as an address, or a receiver, that was set up wrongly.
    case unclear(status: Int, retryAfter: Duration?)
    /// It takes no message now, this one no more than others.
    case away(status: Int, retryAfter: Duration?)
    /// No answer came, and why.
    case none(String, mayBeTaken: Bool)

    init(_ response: HTTPClientResponse) {
        let (status, retryAfter) = (response.status, RetryAfter.of(response))
        self =
            switch status {
            case 200...299: .taken
            // Whoever says when it may be otherwise does not mean for ever (RFC 9110, 15.5.14).
            case 413 where retryAfter != nil: .later(status: status, retryAfter: retryAfter)
            case 413, 422: .never(status: status)
            // Its id is being worked on, or what it stands on is not there yet.
            case 409, 423, 425: .later(status: status, retryAfter: retryAfter)
            // A login, money, time, or more than the receiver wants: no message's own.
            case 401, 402, 403, 407, 408, 421, 426, 429, 511: .away(status: status, retryAfter: retryAfter)
            case 400...499: .unclear(status: status, retryAfter: retryAfter)
            // Redirections, too: whoever answers there is nobody whom the address names.
            default: .away(status: status, retryAfter: retryAfter)
            }
    }

    /// What it tells of the receiver.
    var told: RefusalDoubt.Outcome {
        switch self {
        case .taken: .taken
        case .never, .later: .ofMessage
        case .unclear(let status, _): .unclear(answer: "\(status)")
        case .away, .none: .silent
        }
    }

    /// nil: it is taken. `unclear`: whom what is unclear is about.
    func failure(unclear: () -> SendFailure.Scope) -> SendFailure? {
        func answered(_ status: Int, _ scope: SendFailure.Scope, _ retryAfter: Duration? = nil) -> SendFailure {
            SendFailure("the receiver answered \(status)", scope, retryAfter: retryAfter)
        }
        return switch self {
        case .taken: nil
        case .never(let status): answered(status, .message)
        case .later(let status, let after): answered(status, .messageForNow, after)
        case .unclear(let status, let after): answered(status, unclear(), after)
        case .away(let status, let after): answered(status, .everything, after)
        case .none(let reason, let mayBeTaken): SendFailure(reason, .everything, mayBeTaken: mayBeTaken)
        }
    }
}
