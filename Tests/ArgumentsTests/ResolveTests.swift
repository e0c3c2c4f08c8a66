import Testing

@testable import Arguments

@Suite struct ResolveTests {
    @Test func optionsTakeTheirValuesEitherWay() throws {
        let given = try #require(parsed("up", "--data", "x", "--kafka=a=b", "-y", "--order-port", "-5"))
        #expect(given.path == ["orderlog", "up"])
        #expect(given["data"] == "x")
        #expect(given.value("kafka") == "a=b")
        #expect(given.value("order-port") == "-5")
        #expect(given.flag("yes"))
        #expect(!given.flag("verbose"))
        #expect(given.isGiven("data") && !given.isGiven("log-level"))
        let short = try #require(parsed("up", "-yvd", "there", "-p", "1", "--kafka=b"))
        #expect(short.flag("yes") && short.flag("verbose"))
        #expect(short["data"] == "there")
        #expect(short["order-port"] == "1")
        #expect(short["kafka"] == "b")
    }

    @Test func oneValueCountsAndOfRepeatableOptionsAll() throws {
        let given = try #require(parsed("up", "--data", "a", "--data", "a", "--kafka-config=1", "--kafka-config", "2"))
        #expect(given["data"] == "a")
        #expect(given.values("kafka-config") == ["1", "2"])
        #expect(given["rate"] == nil)
    }

    @Test func flagsOverEnvironmentOverDefaults() throws {
        let environment = [
            "ORDER_PORT": "81", "KAFKA_BOOTSTRAP_SERVERS": "", "ASSUME_YES": "Yes", "LOG_LEVEL": "debug",
        ]
        let given = try #require(parsed("up", "--order-port", "82", environment: environment))
        #expect(given["order-port"] == "82")
        #expect(given["kafka"] == nil)
        #expect(given.flag("yes"))
        #expect(given["log-level"] == "debug")
        #expect(given["data"] == "./data")
        let other = try #require(parsed("up", environment: environment.merging(["ASSUME_YES": "off"]) { $1 }))
        #expect(other["order-port"] == "81")
        #expect(!other.flag("yes"))
    }

    @Test func anOptionOfACommandAboveGoesAnywhereBehindIt() {
        #expect(parsed("--log-level", "debug", "serve", "order")?["log-level"] == "debug")
        #expect(parsed("serve", "--log-level", "debug", "order")?["log-level"] == "debug")
        #expect(parsed("serve", "order", "--log-level=debug")?["log-level"] == "debug")
        #expect(parsed("serve", "order")?.declares("data") == false)
    }

    @Test func argumentsStandInOrder() throws {
        let one = try #require(parsed("tail", "orders"))
        #expect(one.positional("TOPIC") == "orders")
        #expect(one.positionals("KEY") == [])
        #expect(one.positionalIfGiven("KEY") == nil)
        let many = try #require(parsed("tail", "orders", "a", "-", "-7", "--", "--help", "--"))
        #expect(many.positionals("KEY") == ["a", "-", "-7", "--help", "--"])
    }

    @Test(
        arguments: [
            ([], "orderlog: a command is missing: up, serve, tail\nsee orderlog --help"),
            (["serve"], "orderlog serve: a command is missing: order, inventory\nsee orderlog serve --help"),
            (["upp"], "orderlog: unknown command 'upp'; did you mean up?\nsee orderlog --help"),
            (["complete"], "orderlog: unknown command 'complete'\nsee orderlog --help"),
            (["hepl"], "orderlog: unknown command 'hepl'; did you mean help?\nsee orderlog --help"),
            (["help", "serve", "x"], "orderlog serve: unknown command 'x'\nsee orderlog serve --help"),
            (["help", "up", "x"], "orderlog up: unexpected argument 'x'\nsee orderlog up --help"),
            (
                ["up", "--kafak=1"],
                "orderlog up: unknown option --kafak; did you mean --kafka?\nsee orderlog up --help"
            ),
            (["up", "--frobnicate"], "orderlog up: unknown option --frobnicate\nsee orderlog up --help"),
            (
                ["--kafka", "x", "up"],
                "orderlog: --kafka goes behind the command: orderlog up --kafka\nsee orderlog --help"
            ),
            (["up", "-x"], "orderlog up: unknown option -x\nsee orderlog up --help"),
            (["up", "-5"], "orderlog up: unexpected argument '-5'\nsee orderlog up --help"),
            (["up", "--kafka"], "orderlog up: --kafka needs a value\nsee orderlog up --help"),
            (["up", "-p"], "orderlog up: -p needs a value\nsee orderlog up --help"),
            (
                ["up", "--kafka", "--yes"],
                "orderlog up: --kafka needs a value; one that begins with dashes is written --kafka=VALUE\n"
                    + "see orderlog up --help"
            ),
            (["up", "--kafka="], "orderlog up: --kafka has an empty value\nsee orderlog up --help"),
            (["up", "--kafka", ""], "orderlog up: --kafka has an empty value\nsee orderlog up --help"),
            (["tail", ""], "orderlog tail: an argument is empty\nsee orderlog tail --help"),
            (
                ["up", "--data", "a", "--data=b"],
                "orderlog up: --data takes one value, and is given twice: a and b\nsee orderlog up --help"
            ),
            (["up", "--yes=1"], "orderlog up: --yes takes no value\nsee orderlog up --help"),
            (["up", "there"], "orderlog up: unexpected argument 'there'\nsee orderlog up --help"),
            (["up", "--", "--yes"], "orderlog up: unexpected argument '--yes'\nsee orderlog up --help"),
            (["tail"], "orderlog tail: TOPIC is missing: The topic\nsee orderlog tail --help"),
            (
                ["tail", "order"],
                "orderlog tail: TOPIC is orders, inventory, not 'order'; did you mean orders?\nsee orderlog tail --help"
            ),
            (
                ["up", "--log-level", "wraning"],
                "orderlog up: --log-level wraning is not one of debug, info, warning; did you mean warning?\n"
                    + "see orderlog up --help"
            ),
            (["completion"], "orderlog completion: SHELL is missing: bash or zsh\nsee orderlog completion --help"),
            (
                ["completion", "csh"],
                "orderlog completion: SHELL is bash, zsh, not 'csh'; did you mean zsh?\nsee orderlog completion --help"
            ),
            (
                ["up", "-p", "--yes"],
                "orderlog up: -p needs a value; one that begins with dashes is written -pVALUE\nsee orderlog up --help"
            ),
            (["up", "-nan"], "orderlog up: unknown option -n\nsee orderlog up --help"),
            (
                ["completion", "--"],
                "orderlog completion: SHELL is missing: bash or zsh\nsee orderlog completion --help"
            ),
            (["up", "--version"], "orderlog up: unknown option --version\nsee orderlog up --help"),
        ] as [([String], String)])
    func saysWhatIsWrong(line: [String], message: String) {
        #expect(usage(line) == message)
    }

    @Test func saysThatTheEnvironmentIsWrong() {
        #expect(
            usage(["up"], environment: ["LOG_LEVEL": "loud"])
                == "orderlog up: LOG_LEVEL=loud is not one of debug, info, warning\nsee orderlog up --help")
        #expect(
            usage(["up"], environment: ["ASSUME_YES": "perhaps"])
                == "orderlog up: ASSUME_YES=perhaps is neither true nor false\nsee orderlog up --help")
    }
}

@Suite struct TypedValueTests {
    enum Level: String, CaseIterable { case debug, info, warning }

    private func message<Value>(_ body: () throws(UsageError) -> Value) -> String? {
        do throws(UsageError) {
            _ = try body()
            return nil
        } catch {
            return error.message
        }
    }

    @Test func readsThem() throws {
        let given = try #require(parsed("up", "--rate=2.5", "--order-port=0", "--log-level=warning"))
        #expect(try given.int("order-port", in: 0...65535) == 0)
        #expect(try given.intIfGiven("order-port", in: 0...65535) == 0)
        #expect(try given.intIfGiven("kafka", in: 0...1) == nil)
        #expect(try given.double("rate", in: 0...100) == 2.5)
        #expect(try given.oneOf("log-level", ["info", "warning"]) == "warning")
        #expect(try given.oneOf("log-level", Level.self) == .warning)
        #expect(try given.required("data") == "./data")
    }

    @Test func saysWhatIsWrong() throws {
        let environment = ["ORDER_PORT": "65536"]
        let given = try #require(parsed("up", "--rate", "fast", "--data", "a b", environment: environment))
        #expect(
            message { () throws(UsageError) in try given.int("order-port", in: 0...65535) }
                == "ORDER_PORT=65536 is not a whole number from 0 to 65535")
        #expect(
            message { () throws(UsageError) in try given.int("rate", in: 1...(.max)) }
                == "--rate fast is not a whole number of at least 1")
        #expect(
            message { () throws(UsageError) in try given.double("rate", in: 0...(.infinity)) }
                == "--rate fast is not a number of at least 0.0")
        #expect(
            message { () throws(UsageError) in try given.oneOf("data", ["a", "b"]) }
                == "--data 'a b' is not one of a, b")
        #expect(
            message { () throws(UsageError) in try given.required("kafka") }
                == "--kafka (or KAFKA_BOOTSTRAP_SERVERS in the environment) is missing")
        let signed = try #require(parsed("up", "--rate", "+5"))
        #expect(message { () throws(UsageError) in try signed.int("rate", in: 1...9) } != nil)
        #expect(given.wrong("rate", "is odd").message == "--rate fast is odd")
    }
}
