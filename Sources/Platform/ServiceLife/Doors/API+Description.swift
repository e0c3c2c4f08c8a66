internal import HTTPAPI
internal import HTTPServer
internal import OpenAPI

extension API {
    /// Has it tell what it can be asked.
    mutating func addDescription() {
        let document = ConstantAnswer(type: "application/json", OpenAPIDocument(description).json())
        on(DescriptionOperations.openAPI) { call in document.response(for: call.request) }
        let rows = description.problemTypes.map { "- [\($0.title)](\($0.uri)): \($0.meaning)\n" }
        let index = ConstantAnswer(
            type: DescriptionOperations.pageType, Array(("# Problems\n\n" + rows.joined()).utf8))
        on(DescriptionOperations.problems) { call in index.response(for: call.request) }
        let pages = Dictionary(
            uniqueKeysWithValues: description.problemTypes.map { type in
                (type.kind, ConstantAnswer(type: DescriptionOperations.pageType, Array(type.page.utf8)))
            })
        on(DescriptionOperations.problem) { call in
            let kind = call.parameter("kind")
            guard let page = pages[kind] else { throw Problem.notFound("such problem here") }
            return page.response(for: call.request)
        }
    }
}
