package io.ztunnel.xds;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RejectionsTest {
    @Test
    void namesEachResourceWithItsReason() {
        Rejections rejections = new Rejections();
        rejections.add("a", "bad");
        rejections.add("b", "worse");
        assertThat(rejections.message()).isEqualTo("a: bad; b: worse");
    }

    @Test
    void isBoundedAndCountsTheRest() {
        Rejections rejections = new Rejections();
        for (int i = 0; i < 1000; i++) {
            rejections.add("resource-" + i, "x".repeat(5000));
        }
        assertThat(rejections.message()).hasSizeLessThan(5000).endsWith("more");
        assertThat(rejections.count()).isEqualTo(1000);
    }
}
