/**
 * istiod's ambient index as pure functions: complete Kubernetes objects in, the resources that
 * ztunnel subscribes to out.
 *
 * <p>{@link io.ztunnel.sandbox.ambient.AmbientIndex#build} computes everything anew for each set of
 * objects; {@link io.ztunnel.sandbox.ambient.SnapshotDiff} finds what changed. Nothing here does
 * I/O, reads a clock or keeps state; any thread may call. One object that cannot be converted never
 * costs another its place.
 */
@NullMarked
package io.ztunnel.sandbox.ambient;

import org.jspecify.annotations.NullMarked;
