package io.ztunnel.sandbox.waypoint.route;

import io.netty.handler.codec.http.HttpHeaders;

import java.util.List;

/** What a filter does to headers: set, then add, then remove. */
public record HeaderChanges(List<Header> set, List<Header> add, List<String> remove) {
    public HeaderChanges {
        set = List.copyOf(set);
        add = List.copyOf(add);
        remove = List.copyOf(remove);
    }

    /** A header to be. */
    public record Header(String name, String value) {}

    public void apply(HttpHeaders headers) {
        set.forEach(header -> headers.set(header.name(), header.value()));
        add.forEach(header -> headers.add(header.name(), header.value()));
        remove.forEach(headers::remove);
    }
}
