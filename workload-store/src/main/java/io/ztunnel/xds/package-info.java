/**
 * How the mesh is learned: the delta xDS client and the local file source.
 *
 * <p>The client runs on the control thread that it is given and is the only writer of the store.
 */
@NullMarked
package io.ztunnel.xds;

import org.jspecify.annotations.NullMarked;
