import Glibc

/// Which request is sent, and what its answer counts as.
extension Placing {
    /// The next request, ready to be sent.
    func choose(for connection: Connection) {
        connection.repeating = nil
        if let last = connection.last, plan.repeats > 0, dice.part() < plan.repeats {
            connection.draft = last.draft
            connection.key = last.key
            connection.repeating = last.order
        } else {
            connection.draft = plan.isInOrder ? (taken - 1) % plan.drafts.count : draw()
            connection.key = nil
            if plan.idempotent > 0, dice.part() < plan.idempotent {
                connection.key = nextKey
                nextKey += 1
            }
        }
        connection.sent = 0
        let start = UnsafeRawPointer(requests.baseAddress.unsafelyUnwrapped)
        guard let key = connection.key else {
            let place = prepared.plain[connection.draft]
            connection.toSend = start + place.offset
            connection.sendLength = place.length
            return
        }
        let place = prepared.keyed[connection.draft]
        let copy = connection.copy.baseAddress.unsafelyUnwrapped
        memcpy(copy, start + place.offset, place.length)
        for digit in 0..<16 {
            let value = UInt8(truncatingIfNeeded: key >> UInt64(60 - 4 * digit)) & 0xF
            copy.storeBytes(
                of: value < 10 ? 0x30 + value : 0x57 + value, toByteOffset: prepared.digitsAt + digit, as: UInt8.self)
        }
        connection.toSend = UnsafeRawPointer(copy)
        connection.sendLength = place.length
    }

    private func draw() -> Int {
        Int(dice.next().multipliedFullWidth(by: UInt64(plan.drafts.count)).high)
    }

    func count(_ status: Int, _ body: UnsafeRawBufferPointer, of connection: Connection) {
        if connection.isMeasured {
            let latency = now - min(now, connection.due)
            placed.latency.record(latency)
            note(latency)
        } else {
            note(now - min(now, connection.due))
        }
        let isAccepted = status == 201 || status == 200
        guard isAccepted else {
            let problem = AnswerBody.problem(in: body) ?? ""
            tally(connection.isMeasured) { $0.refuse(status, problem) }
            note(nil)
            // An internal error says nothing of how far it came.
            if status >= 500 {
                placed.unknown += 1
                placed.unknownDrafts[connection.draft] += 1
            }
            return
        }
        let order = AnswerBody.orderID(in: body)
        if let first = connection.repeating {
            tally(connection.isMeasured) { tally in
                if order == first { tally.repeated += 1 } else { tally.repeatedWrongly += 1 }
            }
            return
        }
        tally(connection.isMeasured) { $0.accepted += 1 }
        placed.acceptedDrafts[connection.draft] += 1
        placed.sum &+= order
        if let key = connection.key { connection.last = (connection.draft, key, order) }
        if connection.isMeasured { placed.sample(order, at: Self.wallMilliseconds(), most: plan.samples) }
    }

    func fail(_ kind: Tally.Failure, isMeasured: Bool) {
        tally(isMeasured) { $0.fail(kind) }
        note(nil)
    }

    private func tally(_ isMeasured: Bool, _ change: (inout Tally) -> Void) {
        change(&placed.all)
        if isMeasured { change(&placed.measured) }
    }
}
