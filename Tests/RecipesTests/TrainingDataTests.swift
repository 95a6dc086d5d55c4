import Foundation
import Recipes
import Testing

@Suite struct TrainingDataTests {
    private func data(_ json: String) throws -> TrainingData {
        try TrainingRecipe.decoded(from: #"{"data": \#(json)}"#).data
    }

    @Test func scenesAreWrittenAsEver() throws {
        let old =
            #"{"resolution": 32, "count": 9, "styles": {"photo": 1}, "twoObjects": 0.5, "objectWeight": 4}"#
        let found = try data(old)
        #expect(found.resolution == 32 && found.sources.count == 1 && found.sources[0].weight == 1)
        #expect(found.scenes?.count == 9 && found.scenes?.objectWeight == 4)
        var recipe = TrainingRecipe()
        recipe.data = found
        let text = try recipe.json(pretty: false)
        #expect(text.contains("\"data\":{\"resolution\":32, \"count\":9, "), "\(text)")
        #expect(!text.contains("sources") && !text.contains("summary"))
    }

    @Test(arguments: [
        "{}", #"{"folder": "photos"}"#,
        #"{"resolution": 64, "folder": "photos", "cache": "kept", "buckets": {"minimum": 32, "maximum": 128}}"#,
        #"{"cache": "kept", "sources": [{"folder": "a"}, {"scenes": {}, "weight": 2}]}"#,
        #"{"resolution": 32, "folder": {"path": "~/photos", "flip": 0.5, "crop": "random"}, "summary": false}"#,
        #"{"shards": "a.tar"}"#, #"{"shards": ["a.tar", "b"]}"#,
        #"{"shards": {"files": ["a.tar"], "captions": "fileName", "broken": "error", "nearDuplicates": "skip"}}"#,
        ##"{"shards": {"files": "a.tar", "background": "#102030", "maximumPixels": 1000000}}"##,
        #"{"scenes": {"count": 5}, "summary": false}"#,
        #"{"world": "portraits"}"#,
        #"{"resolution": 16, "world": {"name": "emoji", "count": 9, "objectWeight": 2}}"#,
        #"[{"scenes": {}}, {"world": "stamps", "weight": 3}]"#,
        #"[{"scenes": {}, "weight": 2}, {"folder": "photos"}]"#,
        #"{"resolution": 16, "sources": [{"folder": {"path": "a"}, "weight": 0.5}]}"#,
    ])
    func everyFormReadsBack(json: String) throws {
        var recipe = TrainingRecipe()
        recipe.data = try data(json)
        #expect(try TrainingRecipe.decoded(from: recipe.json()) == recipe)
        #expect(try TrainingRecipe.decoded(from: recipe.json(pretty: false)) == recipe)
    }

    @Test func shortFormsMeanTheLongOnes() throws {
        #expect(
            try data(#"{"folder": "p"}"#)
                == data(#"{"resolution": 64, "sources": [{"folder": {"path": "p"}, "weight": 1}]}"#))
        #expect(try data(#"{"shards": "p"}"#) == data(#"[{"shards": {"files": ["p"]}}]"#))
        guard case .folder(let folder) = try data(#"{"folder": "p"}"#).sources[0].kind else {
            Issue.record("no folder")
            return
        }
        #expect(folder.rules == PictureRules() && folder.rules.backgroundNumber == 0xFFFFFF)
    }

    @Test func overridesReachTheRules() throws {
        var recipe = TrainingRecipe()
        recipe.data = try data(#"{"folder": "p"}"#)
        let changed = try recipe.applying(overrides: [
            "data.folder.path=q", "data.folder.flip=0.5", "data.resolution=32",
        ])
        #expect(try recipe.applying(overrides: ["data.cache=kept"]).data.cache == "kept")
        #expect(changed.data == (try data(#"{"resolution": 32, "folder": {"path": "q", "flip": 0.5}}"#)))
        #expect(
            try recipe.applying(overrides: [#"data={"folder": "r"}"#]).data == data(#"{"folder": "r"}"#))
    }

    @Test(arguments: [
        (#"{"foldr": "p"}"#, #"data has no key "foldr""#, "did you mean \"folder\"?"),
        (
            #"{"folder": {"path": "p", "flips": 1}}"#, #"data.folder has no key "flips""#,
            "did you mean \"flip\"?"
        ),
        (#"{"folder": {}}"#, #"data.folder needs the key "path""#, "add \"path\" to data.folder"),
        (#"{"folder": ""}"#, "data.folder: expected the name of a file or folder", ""),
        (
            #"{"folder": {"path": "p", "flip": 2}}"#,
            "data.folder.flip: expected a number from 0.0 to 1.0, found 2", ""
        ),
        (
            #"{"folder": {"path": "p", "background": "white"}}"#, "data.folder.background: expected a colour",
            ""
        ),
        (
            #"{"folder": {"path": "p", "captions": "emty"}}"#,
            #"data.folder.captions: there is no rule for missing captions "emty""#, "did you mean \"empty\"?"
        ),
        (
            #"{"folder": {"path": "p", "maximumPixels": 0}}"#,
            "data.folder.maximumPixels: expected a number from 1", ""
        ),
        (#"{"shards": []}"#, "data.shards: expected at least one tar file, found none", ""),
        (#"{"shards": [1]}"#, "data.shards", ""),
        (#"{"folder": "p", "shards": "q"}"#, "data.shards: stands beside folder", "list both"),
        (#"{"folder": "p", "twoObjects": 1}"#, #"data has no key "twoObjects""#, ""),
        (#"{"world": "portrait"}"#, #"data.world: there is no world "portrait""#, "did you mean"),
        (#"{"world": {"name": "emoji", "twoObjects": 1}}"#, #"data.world has no key "twoObjects""#, ""),
        (#"{"sources": []}"#, "data.sources: expected 1 to 100 sources, found 0", ""),
        (#"[{"weight": 2}]"#, "data[0]: says nothing about where examples come from", "give each source one"),
        (#"[{"scenes": {}, "folder": "p"}]"#, "data[0]: names scenes and folder at once", ""),
        (
            #"[{"scenes": {}, "weight": 0}]"#,
            "data[0].weight: expected a number from 0.001 to 1000, found 0", ""
        ),
        (#"[{"scenes": {"twoObjects": 2}}]"#, "data[0].scenes.twoObjects: expected a number from 0.0", ""),
    ])
    func mistakesNameTheKey(json: String, beginning: String, advice: String) throws {
        let error = try #require(complaint(TrainingRecipe.self, #"{"data": \#(json)}"#))
        #expect(error.summary.hasPrefix(beginning), "\(error.summary)")
        #expect(advice.isEmpty || error.advice.contains { $0.hasPrefix(advice) }, "\(error.advice)")
    }

    @Test func questionsAboutScenesNeedScenes() throws {
        let error = complaint(TrainingRecipe.self, #"{"captionReading": {}, "data": {"folder": "p"}}"#)
        #expect(error?.summary.hasPrefix("captionReading: its questions are about scenes") == true)
        let both = #"{"captionReading": {}, "data": [{"folder": "p"}, {"scenes": {}}]}"#
        #expect(try TrainingRecipe.decoded(from: both).captionReading != nil)
    }

    /// Every recipe that is shipped can be read.
    @Test func theShippedRecipesAreSound() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Recipes")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".json") }
        #expect(names.contains("pictures-64.json") && names.contains("scenes-64.json"))
        for name in names {
            let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            #expect(try !TrainingRecipe.decoded(from: text, named: name).data.sources.isEmpty, "\(name)")
        }
    }

    @Test func eventsReadBack() throws {
        for event in [
            TrainingEvent.data(source: "p", examples: 3, share: 0.25, notes: ["1 without caption"]),
            .brokenPicture(source: "p", name: "a/b.png", reason: "breaks off"),
        ] {
            #expect(try TrainingEvent(json: event.json()) == event)
        }
    }
}
