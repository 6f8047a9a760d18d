// Owns the precompiled headers that other targets use.
int main() {}
