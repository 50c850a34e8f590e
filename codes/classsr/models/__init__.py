"""The networks: backbones, classifier, ClassSR; what they cost; and how they are described."""
