/**
 * Resources that nobody runs: they pad the control plane's answer to the size of a large mesh. What
 * there is follows from {@link SyntheticMesh} and an index alone, so any part can be made again at
 * any time. The supervisor writes the settings, the control plane follows them.
 */
@NullMarked
package io.ztunnel.sandbox.synthetic;

import org.jspecify.annotations.NullMarked;
