package io.ztunnel.sandbox.waypoint.route;

import io.ztunnel.sandbox.manifest.Tree;

import java.util.List;

/** The filters of a rule or of a backend. */
final class FilterConversion {
    private static final int FOUND = 302;
    private static final int HUNDRED = 100;

    private final String namespace;
    private final BackendReferences references;

    /**
     * @param namespace of the route
     */
    FilterConversion(String namespace, BackendReferences references) {
        this.namespace = namespace;
        this.references = references;
    }

    List<Filter> of(Tree holder) {
        return holder.trees("filters").stream().map(this::filter).toList();
    }

    private Filter filter(Tree filter) {
        String type = filter.text("type");
        return switch (type) {
            case "RequestHeaderModifier" ->
                    new Filter.ChangeRequest(changes(filter.tree("requestHeaderModifier")));
            case "ResponseHeaderModifier" ->
                    new Filter.ChangeResponse(changes(filter.tree("responseHeaderModifier")));
            case "RequestRedirect" -> redirect(filter.tree("requestRedirect"));
            case "URLRewrite" ->
                    new Filter.Rewrite(
                            filter.string("urlRewrite", "hostname"),
                            path(filter.tree("urlRewrite", "path")));
            case "RequestMirror" -> mirror(filter.tree("requestMirror"));
            default -> new Filter.Unsupported(type);
        };
    }

    private static HeaderChanges changes(Tree modifier) {
        return new HeaderChanges(
                headers(modifier.trees("set")),
                headers(modifier.trees("add")),
                modifier.strings("remove"));
    }

    private static List<HeaderChanges.Header> headers(List<Tree> written) {
        return written.stream()
                .map(h -> new HeaderChanges.Header(h.text("name"), h.text("value")))
                .toList();
    }

    private static Filter redirect(Tree redirect) {
        return new Filter.Redirect(
                redirect.string("scheme"),
                redirect.string("hostname"),
                redirect.integer("port").orElse(0),
                path(redirect.tree("path")),
                redirect.integer("statusCode").orElse(FOUND));
    }

    private static Filter.Path path(Tree path) {
        return switch (path.text("type")) {
            case "ReplaceFullPath" -> new Filter.Path.Full(path.text("replaceFullPath"));
            case "ReplacePrefixMatch" -> new Filter.Path.Prefix(path.text("replacePrefixMatch"));
            default -> new Filter.Path.Keep();
        };
    }

    private Filter mirror(Tree mirror) {
        Backend backend =
                new Backend(references.resolve(mirror.tree("backendRef"), namespace), 1, List.of());
        if (mirror.has("fraction")) {
            return new Filter.Mirror(
                    backend,
                    mirror.integer("fraction", "numerator").orElse(0),
                    mirror.integer("fraction", "denominator").orElse(HUNDRED));
        }
        return new Filter.Mirror(backend, mirror.integer("percent").orElse(HUNDRED), HUNDRED);
    }
}
