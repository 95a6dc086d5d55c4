import Datasets
import Foundation
import Testing

@testable import Workshop

@Suite struct WorkshopErrorTests {
    private static let url = URL(filePath: "/tmp/x.gif")

    private static let cases: [(error: WorkshopError, summary: String, advice: String)] = [
        (WorkshopError.unknownModel("a", known: ["b"]), "no model \"a\" on the shelf", "models at hand: b"),
        (.noModels(folders: [URL(filePath: "/m")]), "no model at hand", "DARKROOM_MODELS"),
        (.unknownDevice("gpu"), "expected auto, cpu, cuda, cuda:0, mps", "leave --device out"),
        (
            .missingDevice("cuda:1", available: ["cuda:0", "cpu"]), "this machine has cuda:0, cpu",
            "CUDA=1 Scripts/bootstrap"
        ),
        (.unknownDataSet("sceens", known: ["scenes"]), "no data set \"sceens\"", "did you mean \"scenes\"?"),
        (
            .badNumber(name: "count", expected: "1 to 9", found: "0"), "count: expected 1 to 9, found 0",
            "value of count"
        ),
        (
            .wrongEnding(url, what: "a picture", expected: [".png"]), "x.gif: a picture is written as .png",
            "ends in .png"
        ),
        (.inTheWay(url, expected: "a folder"), "/tmp/x.gif: expected a folder", "choose another name"),
        (
            .unreadable(url, reason: "no such file"), "/tmp/x.gif cannot be read: no such file",
            "check the path"
        ),
        (
            .notEnoughMemory(needed: 5_120_000_000, available: 4_000_000_000, changes: ["add --vae-tiling"]),
            "takes about 5.1 GB of memory; expected at most 4.0 GB", "add --vae-tiling"
        ),
        (.noWordVectors(folders: [URL(filePath: "/w")]), "word vectors", "Scripts/bootstrap"),
        (
            .noProbe("p", of: .portraits, folders: [URL(filePath: "/m")]), "no probe \"p\"",
            "evaluate train-probe --world portraits"
        ),
    ]

    @Test func everyErrorSaysWhatAndWhatToDo() {
        for (error, summary, advice) in Self.cases {
            #expect(error.summary.contains(summary))
            #expect(error.advice.contains { $0.contains(advice) }, "\(error)")
        }
    }
}
