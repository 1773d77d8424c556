package io.ztunnel.sandbox.ambient;

import io.ztunnel.sandbox.manifest.ObjectKey;
import io.ztunnel.sandbox.manifest.Tree;

import java.util.List;

/**
 * What became of a route at one of its parents, as istiod would write it to the route's status.
 *
 * @param parentRef as the route has it
 */
public record RouteParent(ObjectKey route, Tree parentRef, List<Condition> conditions) {
    public RouteParent {
        conditions = List.copyOf(conditions);
    }
}
