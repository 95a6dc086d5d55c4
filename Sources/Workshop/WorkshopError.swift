public import Datasets
public import Diagnostics
public import Foundation

/// What can stop the workshop before or after the work of other modules.
public enum WorkshopError: ActionableError, Equatable {
    /// No model of that name is on the shelf, and no file has that path.
    case unknownModel(String, known: [String])
    /// The shelf is empty.
    case noModels(folders: [URL])
    /// No device is called that.
    case unknownDevice(String)
    /// There is such a device, but not on this machine, or its libraries are missing.
    case missingDevice(String, available: [String])
    /// There is no such data set.
    case unknownDataSet(String, known: [String])
    /// A number that no work can be done with.
    case badNumber(name: String, expected: String, found: String)
    /// The file is of a kind that is not written here.
    case wrongEnding(URL, what: String, expected: [String])
    /// Something stands where a file or a folder should go.
    case inTheWay(URL, expected: String)
    /// The recipe's file cannot be read.
    case unreadable(URL, reason: String)
    /// The work is done with Darkroom's own models only.
    case notADarkroomModel(URL, work: String)
    /// A recipe whose data holds no pictures to look at.
    case noPicturesToCheck(URL)
    /// A run needs more than the machine has.
    case willNotFit(what: String, needed: Int, free: Int, change: [String])
    /// The word vectors that training starts from are nowhere to be found.
    case noWordVectors(folders: [URL])
    /// The probe that reads pictures is nowhere to be found.
    case noProbe(String, of: WorldName, folders: [URL])
    /// The drawing would take more memory than the machine has; `changes` would make it fit, the cheapest first.
    case notEnoughMemory(needed: Int, available: Int, changes: [String])

    private static let deviceNames = ["auto", "cpu", "cuda", "cuda:0", "mps"]

    /// True for numbers, names and endings that the request itself gets wrong.
    public var isBadUsage: Bool {
        switch self {
        case .badNumber, .wrongEnding, .unknownDataSet, .unknownDevice: true
        default: false
        }
    }

    /// One sentence: what, where, expected, found.
    public var summary: String {
        switch self {
        case .unknownModel(let name, let known):
            known.isEmpty
                ? "there is no model \"\(name)\": the shelf is empty and no file has this path"
                : "there is no model \"\(name)\" on the shelf, and no file of this path"
        case .noModels: "there is no model at hand"
        case .unknownDevice(let name):
            "there is no device \"\(name)\"; expected \(Self.deviceNames.joined(separator: ", "))"
        case .missingDevice(let name, let available):
            "the device \"\(name)\" is not here; this machine has \(available.joined(separator: ", "))"
        case .unknownDataSet(let name, _): "there is no data set \"\(name)\""
        case .badNumber(let name, let expected, let found): "\(name): expected \(expected), found \(found)"
        case .wrongEnding(let url, let what, let expected):
            "\(url.lastPathComponent): \(what) is written as \(expected.joined(separator: " or "))"
        case .inTheWay(let url, let expected): "\(url.path): expected \(expected)"
        case .unreadable(let url, let reason): "\(url.path) cannot be read: \(reason)"
        case .notADarkroomModel(let url, let work):
            "\(url.lastPathComponent): \(work) works with models that Darkroom trained; this is another family's"
        case .noPicturesToCheck(let url):
            "\(url.lastPathComponent) trains on scenes alone; there is no folder and no tar file to look at"
        case .notEnoughMemory(let needed, let available, _):
            "this drawing takes about \(Self.size(needed)) of memory; expected at most "
                + "\(Self.size(available)), which is what this machine can give now"
        case .willNotFit(let what, let needed, let free, _):
            "the \(what) that this needs is not there: \(Self.size(needed)), with \(Self.size(free)) free"
        case .noWordVectors: "the word vectors that training starts from are missing"
        case .noProbe(let name, _, _): "there is no probe \"\(name)\" to read the pictures with"
        }
    }

    /// What to do, best first.
    public var advice: [String] {
        switch self {
        case .unknownModel(let name, let known):
            [NearestName.suggestion(for: name, among: known)].compactMap { $0 }
                + (known.isEmpty ? [] : ["models at hand: " + known.joined(separator: ", ")])
                + ["darkroom models list says where it looks"]
        case .noModels(let folders):
            [
                "put a model into " + (folders.first?.path ?? "Models"),
                "or name its folder in the environment variable DARKROOM_MODELS",
                "or train one: darkroom train Recipes/scenes-64.json",
            ]
        case .unknownDevice(let name):
            [NearestName.suggestion(for: name, among: Self.deviceNames)].compactMap { $0 }
                + ["leave --device out"]
        case .missingDevice(let name, _):
            (name.lowercased().hasPrefix("cuda")
                ? ["for an NVIDIA GPU: CUDA=1 Scripts/bootstrap brings its libraries"] : [])
                + ["leave --device out", "darkroom doctor says what this machine has"]
        case .unknownDataSet(let name, let known):
            [NearestName.suggestion(for: name, among: known)].compactMap { $0 }
                + ["data sets: " + known.joined(separator: ", ")]
        case .badNumber(let name, _, _): ["change the value of \(name)"]
        case .wrongEnding(_, _, let expected):
            ["choose a name that ends in " + expected.joined(separator: " or ")]
        case .inTheWay: ["choose another name, or move away what stands there"]
        case .unreadable: ["check the path and its permissions"]
        case .notADarkroomModel: ["leave --model out, or name one of Darkroom's own: darkroom models list"]
        case .noPicturesToCheck: ["name a folder, a tar file, or a recipe whose data has one"]
        case .notEnoughMemory(_, _, let changes):
            changes + [
                changes.isEmpty
                    ? "close other programs, or use a machine with more memory" : "or close other programs",
                "--plan says what takes how much",
            ]
        case .willNotFit(_, _, _, let change): change
        case .noWordVectors(let folders):
            ["Scripts/bootstrap brings them"]
                + (folders.first.map { ["they are looked for in \($0.path)"] } ?? [])
        case .noProbe(let name, let world, let folders):
            [
                "train it: darkroom evaluate train-probe --world \(world.rawValue) "
                    + "-o Models/\(ModelShelf.probeName(of: world)).safetensors"
            ] + (folders.first.map { ["it is looked for in \($0.path), as \(name).safetensors"] } ?? [])
        }
    }

    /// Bytes as people read them.
    private static func size(_ bytes: Int) -> String {
        let units = ["B", "kB", "MB", "GB", "TB"]
        var (value, place) = (Double(bytes), 0)
        while value >= 1000, place < units.count - 1 { (value, place) = (value / 1000, place + 1) }
        return String(format: place == 0 ? "%.0f " : "%.1f ", value) + units[place]
    }
}
