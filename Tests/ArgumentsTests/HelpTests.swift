import Testing

@testable import Arguments

@Suite struct HelpTests {
    @Test func ofTheProgram() {
        let expected = """
            Usage: orderlog COMMAND [options]

            Takes orders and sees each one through.

            The first paragraph is so long that it does not fit into one line of eighty
            columns, and it is wrapped.

            The second one is not.

            Commands:
              up          Run all services in one process
              serve       Run one service
              tail        Look at the log
              completion  Print a script that completes commands and options in a shell
              help        Help for a command

            Options:
                  --log-level LEVEL  Write lines of this level and above (one of debug,
                                     info, warning; default: info; environment: LOG_LEVEL)
              -h, --help             Show this help
                  --version          Show the version

            orderlog COMMAND --help says more about a command.

            """
        #expect(printed("--help") == expected)
        #expect(printed("-h") == expected)
        #expect(printed("help") == expected)
        #expect(printed("help", "help") == expected)
    }

    @Test func ofACommand() {
        let expected = """
            Usage: orderlog up [options]

            Run all services in one process.

            Options:
              -d, --data DIR           Folder of the databases (default: ./data)
                  --kafka HOST:PORT    Use Kafka (environment: KAFKA_BOOTSTRAP_SERVERS)
              -p, --order-port PORT    Port of the order service (default: 8080;
                                       environment: ORDER_PORT)
                  --kafka-config FILE  Properties of librdkafka, which are many, one on each
                                       line of the file (may be repeated)
              -y, --yes                Do not ask (environment: ASSUME_YES)
              -v, --verbose            Say more
                  --rate RATE          Orders in a second
                  --log-level LEVEL    Write lines of this level and above (one of debug,
                                       info, warning; default: info; environment: LOG_LEVEL)
              -h, --help               Show this help

            Examples:
              orderlog up --order-port 0   # takes a free port

            """
        #expect(printed("up", "--help") == expected)
        #expect(printed("up", "--kafka", "x", "-h", "--unknown") == expected)
        #expect(printed("up", "-yh") == expected)
        #expect(printed("help", "up") == expected)
        #expect(printed("help", "up", "--help") == expected)
    }

    @Test func ofArgumentsAndGroups() {
        let tail = printed("tail", "--help") ?? ""
        #expect(tail.hasPrefix("Usage: orderlog tail [options] TOPIC [KEY...]\n"))
        #expect(tail.contains("\nArguments:\n  TOPIC  The topic (orders, inventory)\n  KEY    Only these keys\n"))
        #expect(printed("serve", "-h")?.contains("\nCommands:\n  order      The order service\n") == true)
        #expect(printed("serve", "-h")?.contains("completion") == false)
        #expect(printed("help", "serve", "order")?.hasPrefix("Usage: orderlog serve order [options]\n") == true)
        #expect(printed("help", "completion")?.hasPrefix("Usage: orderlog completion [options] SHELL\n") == true)
    }

    @Test func version() {
        #expect(printed("--version") == "orderlog 1.2.3\n")
    }

    @Test func noLineIsTooWide() {
        for line in [printed("--help"), printed("up", "--help")].compactMap(\.self).joined().split(separator: "\n") {
            #expect(line.count <= 80, "\(line)")
            #expect(line.last != " ", "\(line)")
        }
    }
}
