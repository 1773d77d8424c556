/**
 * Kubernetes manifests as data: reading a folder of them, judging the fields that the sandbox uses,
 * watching for edits, and writing them out again.
 *
 * <p>Everything here is immutable except {@link io.ztunnel.sandbox.manifest.LastGood} and the
 * watcher; the watcher calls back on its own thread. What a manifest means is the business of the
 * packages {@code cluster} and {@code ambient}.
 */
@NullMarked
package io.ztunnel.sandbox.manifest;

import org.jspecify.annotations.NullMarked;
