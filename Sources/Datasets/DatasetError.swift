public import Diagnostics

/// What can go wrong between a data set and the one who asks for its examples.
public enum DatasetError: ActionableError, Equatable {
    /// An index lies outside the store.
    case indexOutOfRange(index: Int, count: Int, store: String)
    /// An option has a value that makes no picture.
    case badOption(name: String, expected: String, found: String)
    /// A settings file names an option that does not exist.
    case unknownOption(name: String, known: [String])
    /// A saved order points outside its own epoch.
    case brokenOrder(count: Int, epoch: Int, position: Int)
    /// Attributes contradict each other or the world.
    case impossibleScene(reason: String)
    /// Attributes of a portrait contradict each other.
    case impossiblePortrait(reason: String)
    /// A file or folder that a world is made of is not installed.
    case missingSource(what: String, path: String, package: String)
    /// A file or folder that a world is made of is of no use.
    case unusableSource(path: String, reason: String)

    /// What is wrong, in one sentence.
    public var summary: String {
        switch self {
        case .indexOutOfRange(let index, let count, let store):
            return
                "The data set \(store) has \(count) examples, numbered from 0; example \(index) was asked for."
        case .badOption(let name, let expected, let found):
            return "The option \"\(name)\" must be \(expected), but is \(found)."
        case .unknownOption(let name, _):
            return "There is no option \"\(name)\"."
        case .brokenOrder(let count, let epoch, let position):
            return
                "The saved example order is broken: position \(position) of epoch \(epoch) with \(count) examples."
        case .impossibleScene(let reason):
            return "This scene cannot be drawn: \(reason)."
        case .impossiblePortrait(let reason):
            return "This portrait cannot be painted: \(reason)."
        case .missingSource(let what, let path, _):
            return "\(path) is not there: expected \(what)."
        case .unusableSource(let path, let reason):
            return "\(path) cannot be used: \(reason)."
        }
    }

    /// What to do about it.
    public var advice: [String] {
        switch self {
        case .indexOutOfRange(_, let count, _):
            return ["Ask for an index in 0..<\(count)."]
        case .badOption(let name, let expected, _):
            return ["Set \"\(name)\" to \(expected), or leave it out for its default."]
        case .unknownOption(let name, let known):
            let suggestion = NearestName.suggestion(for: name, among: known).map { [$0] } ?? []
            return suggestion + ["The options are \(known.joined(separator: ", "))."]
        case .brokenOrder:
            return ["Resume from an older checkpoint, or start a new order from position 0."]
        case .impossibleScene:
            return [
                "Change the attributes as the message says; SceneAttributes.problem checks them beforehand."
            ]
        case .impossiblePortrait:
            return [
                "Change the attributes as the message says; PortraitAttributes.problem checks them beforehand."
            ]
        case .missingSource(_, _, let package):
            return [
                "Install it on Debian or Ubuntu: apt-get install \(package)",
                "The data sets scenes and portraits need nothing installed.",
            ]
        case .unusableSource:
            return ["Install the package that it belongs to again, or name another file."]
        }
    }
}
