"""The register of training sessions (form D17, 条例 art. 48): who was invited, who came, who stayed away."""
