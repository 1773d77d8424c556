/**
 * AuthorizationPolicies with targetRefs, as a waypoint enforces them: with the client's identity
 * and what a request says.
 *
 * <p>{@link io.ztunnel.sandbox.waypoint.policy.PolicyTable} is compiled from manifests, immutable
 * and pure. Any thread may call.
 */
@NullMarked
package io.ztunnel.sandbox.waypoint.policy;

import org.jspecify.annotations.NullMarked;
