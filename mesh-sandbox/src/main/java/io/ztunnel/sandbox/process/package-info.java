/**
 * The sandbox's processes: started in a namespace, tied to the life of the process that started
 * them, restarted with a growing pause, and found again when that process was killed.
 *
 * <p>A process belongs to a sandbox when it runs in one of its network namespaces; nothing else is
 * ever signalled.
 */
@NullMarked
package io.ztunnel.sandbox.process;

import org.jspecify.annotations.NullMarked;
