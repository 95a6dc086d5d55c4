import Foundation
import Testing

@testable import Workshop

@Suite struct ModelShelfTests {
    private let folder: TemporaryFolder
    private var surroundings: Surroundings

    init() throws {
        folder = try TemporaryFolder()
        surroundings = Surroundings(
            currentFolder: folder.url.appending(path: "here", directoryHint: .isDirectory),
            homeFolder: folder.url.appending(path: "home", directoryHint: .isDirectory),
            executable: folder.file("checkout/.build/release/darkroom"))
    }

    private func put(_ path: String) throws { try folder.write("", to: path) }

    @Test func findsModelsInAllPlacesInOrder() throws {
        try put("named/a.safetensors")
        try put("here/Models/b.safetensors")
        try put("checkout/Models/c/model.safetensors")
        try put("home/.darkroom/models/d.safetensors")
        try put("checkout/Models/readme.md")
        try put("checkout/Models/empty/recipe.json")
        try put("checkout/Models/sd/model_index.json")
        try put("checkout/Models/old.ckpt")
        var surroundings = surroundings
        surroundings.environment["DARKROOM_MODELS"] = folder.url.path + "/named"
        let shelf = ModelShelf(surroundings)
        #expect(shelf.models.map(\.name) == ["a", "b", "c", "old", "sd", "d"])
        #expect(try shelf.model(nil).name == "a")
    }

    @Test func theFirstOfANameHidesTheOthers() throws {
        try put("here/Models/same.safetensors")
        try put("home/.darkroom/models/same.safetensors")
        let models = ModelShelf(surroundings).models
        #expect(models.map(\.name) == ["same"])
        #expect(models.first?.file.path.contains("/here/") == true)
    }

    @Test func pathsAreModelsToo() throws {
        try put("here/run/model.safetensors")
        try put("home/kept.safetensors")
        let shelf = ModelShelf(surroundings)
        #expect(try shelf.model("run").name == "run")
        #expect(try shelf.model("run/model.safetensors").name == "model")
        #expect(try shelf.model("~/kept.safetensors").name == "kept")
    }

    @Test func aTypoIsToldWithTheNearestName() throws {
        try put("here/Models/scenes-64.safetensors")
        do {
            _ = try ModelShelf(surroundings).model("sceens-64")
            Issue.record("found a model that is not there")
        } catch {
            #expect(error == .unknownModel("sceens-64", known: ["scenes-64"]))
            #expect(error.summary.contains("sceens-64"))
            #expect(error.advice.first == "did you mean \"scenes-64\"?")
        }
    }

    @Test func anEmptyShelfSaysWhereToPutAModel() throws {
        do {
            _ = try ModelShelf(surroundings).model(nil)
            Issue.record("found a model on an empty shelf")
        } catch {
            #expect(error.advice.contains { $0.contains("DARKROOM_MODELS") })
            #expect(error.advice.first?.contains("Models") == true)
        }
    }
}
