internal import Foundation
internal import Synchronization

/// Tells the other ranks every second that this one lives, and notices who has stopped saying so.
///
/// A thread of its own does it, so a rank that computes or writes for minutes still beats; one that was killed, stopped
/// or cut off does not. All talk with the store happens there: the store's keeper may itself stand still.
final class Heartbeat: Sendable {
    private struct State {
        var beats: [Int64]
        var changed: [ContinuousClock.Instant]
        var answered = ContinuousClock.now
        var isStoreGone = false
        var verdict: [Int]?
        var isStopped = false
    }
    private let state: Mutex<State>
    private let rank: Int
    static let interval = 1.0
    private static let verdictKey = "verdict"

    /// Starts to beat; every rank's `key(of:)` must have been set.
    init(_ store: RankStore, rank: Int, count: Int) {
        self.rank = rank
        state = Mutex(
            State(
                beats: Array(repeating: 0, count: count),
                changed: Array(repeating: .now, count: count)))
        let keys = (0..<count).map(Self.key)
        let thread = Thread { [self] in
            while !state.withLock({ $0.isStopped }) {
                guard beat(store, keys) else { return }
                Thread.sleep(forTimeInterval: Self.interval)
            }
        }
        thread.name = "darkroom.heartbeat"
        thread.start()
    }

    /// The key that counts a rank's beats.
    static func key(of rank: Int) -> String { "beat/\(rank)" }

    /// Ends the beating within an interval.
    func stop() { state.withLock { $0.isStopped = true } }

    /// Whom another rank has found to be lost; nil while nobody is.
    var verdict: [Int]? { state.withLock { $0.verdict } }

    /// True when the store has not answered for so long, or never will.
    func isStoreSilent(for limit: Duration) -> Bool {
        state.withLock { $0.isStoreGone || .now - $0.answered > limit }
    }
    /// The other ranks that have not beaten for so long, as far as the store tells.
    func silent(for limit: Duration) -> [Int] {
        state.withLock { state in
            state.changed.indices.filter { $0 != rank && state.answered - state.changed[$0] > limit }
        }
    }
    /// Tells the other ranks who is lost, so that all name the same.
    static func publish(_ ranks: [Int], in store: RankStore) {
        try? store.set(verdictKey, to: ranks.map(String.init).joined(separator: ","))
    }

    private func beat(_ store: RankStore, _ keys: [String]) -> Bool {
        do {
            try store.add(1, to: Self.key(of: rank))
            let beats = try store.counters(keys)
            let verdict = try store.has(Self.verdictKey) ? store.text(of: Self.verdictKey) : nil
            state.withLock { state in
                state.answered = .now
                for (rank, beat) in beats.enumerated() where beat != state.beats[rank] {
                    (state.beats[rank], state.changed[rank]) = (beat, state.answered)
                }
                state.verdict = verdict.map { $0.split(separator: ",").compactMap { Int($0) } }
            }
            return true
        } catch {
            state.withLock { $0.isStoreGone = true }
            return false
        }
    }
}
