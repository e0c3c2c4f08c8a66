import CMicroHTTPD

// The library's callbacks; their context is the loop, and each runs on its thread.

func connectionChanged(
    context: UnsafeMutableRawPointer?, handle: OpaquePointer?, slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    change: MHD_ConnectionNotificationCode
) {
    guard let context, let handle, let slot else { return }
    let loop = Unmanaged<EventLoop>.fromOpaque(context).takeUnretainedValue()
    if change == .CONNECTION_NOTIFY_STARTED {
        let connection = Connection(loop: loop, handle: handle)
        slot.pointee = Unmanaged.passRetained(connection).toOpaque()
        loop.connectionBegan(connection)
    } else if let raw = slot.pointee {
        slot.pointee = nil
        let connection = Unmanaged<Connection>.fromOpaque(raw).takeRetainedValue()
        connection.ended()
        loop.connectionEnded(connection)
    }
}

/// The earliest sight of a request. What it returns is what the other callbacks get, and makes the library report the
/// end of the request even when it answers an error by itself.
func requestLineRead(
    context: UnsafeMutableRawPointer?, target: UnsafePointer<CChar>?, handle: OpaquePointer?
) -> UnsafeMutableRawPointer? {
    guard let handle, let raw = mhd_socket_context(handle) else { return nil }
    let connection = Unmanaged<Connection>.fromOpaque(raw).takeUnretainedValue()
    return Unmanaged.passUnretained(connection.requestBegan(target: target)).toOpaque()
}

func requestAdvanced(
    context: UnsafeMutableRawPointer?, handle: OpaquePointer?, url: UnsafePointer<CChar>?,
    method: UnsafePointer<CChar>?, version: UnsafePointer<CChar>?, data: UnsafePointer<CChar>?,
    size: UnsafeMutablePointer<Int>?, slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    guard let raw = slot?.pointee, let method, let version, let size else { return .NO }
    let transaction = Unmanaged<Transaction>.fromOpaque(raw).takeUnretainedValue()
    return transaction.advance(method: method, version: version, data: data, size: &size.pointee)
}

func requestCompleted(
    context: UnsafeMutableRawPointer?, handle: OpaquePointer?, slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    code: MHD_RequestTerminationCode
) {
    guard let slot, let raw = slot.pointee else { return }
    slot.pointee = nil
    Unmanaged<Transaction>.fromOpaque(raw).takeUnretainedValue().completed()
}
