import ArgumentParser
import Diagnostics
import Recipes

/// Parses the arguments, runs the verb, and says how it ended.
enum Door {
    /// What the process tells its caller.
    enum Status {
        static let done: Int32 = 0
        static let failed: Int32 = 1
        static let badUsage: Int32 = 2
        static let interrupted: Int32 = 130
    }

    static func enter(with arguments: [String]) async -> Int32 {
        let console = Console(isJSON: arguments.contains("--json"), isQuiet: false)
        do {
            if let misspelled = misspelledVerb(in: arguments) { throw misspelled }
            var command = try Darkroom.parseAsRoot(arguments)
            if var verb = command as? any AsyncParsableCommand {
                try await verb.run()
            } else {
                try command.run()
            }
            return Status.done
        } catch {
            return report(error, to: console)
        }
    }

    /// Says what went wrong and gives the exit status.
    private static func report(_ error: any Error, to console: Console) -> Int32 {
        if error is CancellationError || Signals.wasInterrupted {
            console.messages.write("interrupted\n")
            return Status.interrupted
        }
        // A verb that has said everything itself.
        if let code = error as? ExitCode { return code.rawValue }
        if let failure = error as? any ActionableError {
            console.complain(failure)
            return failure.isBadUsage ? Status.badUsage : Status.failed
        }
        let text = Darkroom.fullMessage(for: error)
        switch Darkroom.exitCode(for: error) {
        case .success:
            console.output.write(text + "\n")
            return Status.done
        case .validationFailure:
            console.complain(UsageError(parserMessage: text))
            return Status.badUsage
        default:
            console.complain(UnexpectedFailure(error))
            return Status.failed
        }
    }

    /// The parser calls a mistyped verb an unexpected argument; this names the verbs.
    private static func misspelledVerb(in arguments: [String]) -> UsageError? {
        var command: any ParsableCommand.Type = Darkroom.self
        var path = ["darkroom"]
        for argument in arguments {
            let verbs = command.configuration.subcommands
            guard !verbs.isEmpty, !argument.hasPrefix("-"), argument != "help" else { return nil }
            let known = verbs.compactMap { $0.verbName }
            guard let place = known.firstIndex(of: argument) else {
                if command.configuration.defaultSubcommand is any NameTaking.Type { return nil }
                return .unknownVerb(argument, of: path.joined(separator: " "), known: known)
            }
            command = verbs[place]
            path.append(argument)
        }
        return nil
    }
}

extension ParsableCommand {
    /// The word that calls the verb.
    fileprivate static var verbName: String? {
        configuration.shouldDisplay ? configuration.commandName ?? _commandName : nil
    }
}
