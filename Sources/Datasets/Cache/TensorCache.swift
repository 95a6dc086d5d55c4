import DurableFiles
import Foundation
import Synchronization

/// Arrays that are dear to make, kept in a folder: a want of room or a damaged record is noted and never ends the training.
final class TensorCache: Sendable {
    /// How notes speak of what is kept.
    struct Words: Sendable {
        /// What is kept, in the plural: "pictures".
        let contents: String
        /// What happens with damaged ones: "the pictures there are decoded again".
        let afterDamages: String
        /// What happens with a damaged one: "the picture is decoded again".
        let afterDamage: String
    }
    private struct State {
        var isFull = false
        var notes: [String] = []
    }
    private let store: RecordStore?
    private let words: Words
    private let state: Mutex<State>

    /// Opens the cache in a folder, which is created when it is new; with a full disk nothing is kept.
    /// - Throws: `DurableFileError` when the folder cannot be used.
    init(_ folder: URL, writing number: Int, words: Words) throws(DurableFileError) {
        var notes: [String] = []
        do throws(DurableFileError) {
            let store = try RecordStore(folder, writing: number)
            if store.damages > 0 {
                notes.append(
                    "\(folder.path(percentEncoded: false)): damaged in \(store.damages) places; "
                        + words.afterDamages)
            }
            self.store = store
        } catch {
            guard Self.isWantOfRoom(error) else { throw error }
            store = nil
            notes.append(Self.text(error, words))
        }
        self.words = words
        state = Mutex(State(notes: notes))
    }

    private static func isWantOfRoom(_ error: DurableFileError) -> Bool {
        switch error {
        case .diskFull, .quotaReached, .fileTooLarge: true
        default: false
        }
    }

    private static func text(_ error: DurableFileError, _ words: Words) -> String {
        "\(error.summary); training goes on, and no more \(words.contents) are kept"
    }

    /// How many arrays are kept.
    var count: Int { store?.count ?? 0 }

    /// What happened since the last call that somebody should know.
    func takeNotes() -> [String] {
        state.withLock { state in
            defer { state.notes = [] }
            return state.notes
        }
    }

    /// The array that is kept under a key; nil when there is none, or it is damaged.
    ///
    /// `name` is what notes call it.
    func record(_ key: RecordStore.Key, named name: @autoclosure () -> String) -> TensorRecord? {
        switch store?.bytes(of: key) {
        case nil, .missing?: return nil
        case .found(let bytes)?: return TensorRecord(encoded: bytes)
        case .damaged?:
            let note = "the cache's record of \(name()) is damaged; \(words.afterDamage)"
            state.withLock { $0.notes.append(note) }
            return nil
        }
    }

    /// Keeps an array; when there is no room for it, or the disk fails, no more are kept.
    func keep(_ record: TensorRecord, as key: RecordStore.Key) {
        guard let store, !state.withLock({ $0.isFull }) else { return }
        do throws(DurableFileError) {
            try store.keep(record.encoded, as: key)
        } catch {
            state.withLock {
                // Threads that were at it at once tell it once.
                if !$0.isFull { $0.notes.append(Self.text(error, words)) }
                $0.isFull = true
            }
        }
    }
}
