import Foundation
import Images
public import Recipes
import Tensors

/// The house seen from its doors: draws, trains, shows data, keeps models.
///
/// Doors speak to nothing else. A value without state of its own; the device workers behind it are shared by its copies.
public struct Workshop: Sendable {
    /// What it takes from the machine.
    public let surroundings: Surroundings
    /// The models at hand.
    public let shelf: ModelShelf
    private let workers = DeviceWorkers()

    /// A workshop in these surroundings; no device is touched yet.
    public init(_ surroundings: Surroundings = .ofThisProcess) {
        self.surroundings = surroundings
        shelf = ModelShelf(surroundings)
    }

    /// Sets how the process keeps memory; to be called by a program first of all, before it starts threads.
    ///
    /// glibc gives a thread that asks for memory earlier a heap of its own, in pieces of 64 MiB: blocks that do not fit are
    /// mapped and faulted in at each call, and what lies between them is lost.
    public static func prepareProcess() { Engine.prepare() }

    /// The worker of a device by name.
    ///
    /// - Parameters:
    ///   - name: `cpu`, `cuda`, `cuda:1`, `mps`; `auto` takes the first NVIDIA GPU that is there, else the processor.
    ///   - threads: threads that one operation may use from now on; nil leaves it as it is.
    /// - Returns: the one whose thread computes on it.
    /// - Throws: `WorkshopError.unknownDevice`, `WorkshopError.missingDevice`; `WorkshopError.badNumber` for threads outside of 1...4096.
    public func worker(for name: String = "auto", threads: Int? = nil) async throws -> DeviceWorker {
        let device = try Self.device(named: name, among: Device.available)
        if let threads, !(1...4096).contains(threads) {
            throw WorkshopError.badNumber(name: "threads", expected: "1 to 4096", found: "\(threads)")
        }
        let worker = await workers.worker(for: device)
        // OpenMP keeps the number per thread, so it is set where the work is done.
        if let threads { await worker.run { _ in Engine.threadCount = threads } }
        return worker
    }

    /// The device of a name among those that this machine has.
    /// - Throws: `WorkshopError.unknownDevice` for a name that is none, `WorkshopError.missingDevice` for one that is
    ///   not here.
    static func device(named name: String, among available: [Device]) throws(WorkshopError) -> Device {
        let folded = name.lowercased()
        if folded == "auto" {
            return available.first { if case .cuda = $0 { true } else { false } } ?? .cpu
        }
        guard let device = Device(folded) else { throw .unknownDevice(name) }
        guard available.contains(device) else {
            throw .missingDevice(name, available: available.map(\.description))
        }
        return device
    }

    /// A picture as coloured half blocks for a terminal.
    ///
    /// - Parameters:
    ///   - png: the picture's file.
    ///   - columns: characters across; the picture is never wider.
    ///   - trueColor: false for the 256 colours of older terminals.
    /// - Returns: the lines, each ended by a line break; nil when the bytes are no picture.
    public func terminalPicture(png: [UInt8], columns: Int, trueColor: Bool) -> String? {
        guard let image = try? Image(decoding: png) else { return nil }
        return try? TerminalPicture.text(
            of: image, columns: columns, colors: trueColor ? .trueColor : .palette256)
    }
}

extension Workshop {
    /// The bytes of a picture that was written; nil when it is there no more.
    public func bytes(of picture: WrittenPicture) -> [UInt8]? {
        (try? Data(contentsOf: surroundings.url(picture.path))).map(Array.init)
    }
}
